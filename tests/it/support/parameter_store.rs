//! Just enough of Parameter Store for the operator's tool: GetParameter and PutParameter.
//! See <https://docs.aws.amazon.com/systems-manager/latest/APIReference/>.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The store. Clones are handles to the same one.
#[derive(Clone, Default)]
pub(crate) struct ParameterStore(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    values: BTreeMap<String, String>,
    fault: Option<Fault>,
    is_down: bool,
}

/// What goes wrong with writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// They are refused.
    Refused,
    /// They are done, and answered with an error.
    AnswerLost,
    /// The first one is refused, and nothing is answered any more.
    Down,
}

impl ParameterStore {
    /// An empty one on a free port, and how to reach it.
    pub(crate) async fn start() -> (Self, SdkConfig) {
        let store = Self::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let sdk = local::sdk_config(&format!("http://{}", listener.local_addr().unwrap()));
        let router = Router::new().fallback(answer).with_state(store.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (store, sdk)
    }

    /// What goes wrong from now on.
    pub(crate) fn fail(&self, fault: Option<Fault>) {
        self.0.lock().unwrap().fault = fault;
    }

    /// The value of the only parameter; nothing when there is none.
    pub(crate) fn value(&self) -> String {
        self.0.lock().unwrap().values.values().next().cloned().unwrap_or_default()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().values.clear();
    }
}

async fn answer(State(store): State<ParameterStore>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let text = |name: &str| request[name].as_str().unwrap().to_owned();
    let mut kept = store.0.lock().unwrap();
    let refused = |kind: &str| (StatusCode::BAD_REQUEST, json!({ "__type": kind }).to_string());
    let fault = kept.fault;
    match headers["x-amz-target"].to_str().unwrap() {
        "AmazonSSM.GetParameter" if kept.is_down => refused("AccessDeniedException"),
        "AmazonSSM.GetParameter" => match kept.values.get(&text("Name")) {
            Some(value) => {
                let parameter = json!({ "Name": text("Name"), "Type": "SecureString", "Value": value });
                (StatusCode::OK, json!({ "Parameter": parameter }).to_string())
            }
            None => refused("ParameterNotFound"),
        },
        "AmazonSSM.PutParameter" => {
            assert_eq!(text("Type"), "SecureString");
            kept.is_down = fault == Some(Fault::Down);
            if fault.is_none() || fault == Some(Fault::AnswerLost) {
                kept.values.insert(text("Name"), text("Value"));
            }
            match fault {
                None => (StatusCode::OK, json!({ "Version": 1 }).to_string()),
                Some(_) => refused("AccessDeniedException"),
            }
        }
        other => panic!("{other}"),
    }
}
