//! A recording proxy: which calls a function makes, with their bodies. Nothing is timed behind it.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use tokio::net::TcpListener;

/// The proxy. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<ProxyState>,
}

struct ProxyState {
    upstream: String,
    http: reqwest::Client,
    calls: Mutex<Vec<RecordedCall>>,
}

/// A recorded call.
#[derive(Debug)]
pub(crate) struct RecordedCall {
    /// DynamoDB's `Query`, Stripe's `POST /v1/customers`.
    pub(crate) name: String,
    pub(crate) body: Bytes,
}

impl RecordedCall {
    /// The number of items that a transaction writes. 0 for other calls.
    pub(crate) fn items(&self) -> usize {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["TransactItems"].as_array().map_or(0, Vec::len)
    }
}

impl Proxy {
    /// A proxy on a free port in front of `upstream`, a base URL.
    pub(crate) async fn start(upstream: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let http = reqwest::Client::new();
        let shared = Arc::new(ProxyState { upstream: upstream.to_owned(), http, calls: Mutex::default() });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("a proxy stopped: {error}");
            }
        });
        Ok(Self { url, shared })
    }

    /// Takes the calls that were recorded since the last time.
    pub(crate) fn take_calls(&self) -> Vec<RecordedCall> {
        std::mem::take(&mut *self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn forward(
    State(shared): State<Arc<ProxyState>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let name = match headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => format!("{method} {}", replace_ids(uri.path())),
    };
    shared.calls.lock().unwrap_or_else(PoisonError::into_inner).push(RecordedCall { name, body: body.clone() });
    headers.remove("host");
    let request = shared.http.request(method, format!("{}{uri}", shared.upstream)).headers(headers).body(body);
    let answer = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await.map_err(|_| StatusCode::BAD_GATEWAY)?));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// `/v1/payment_intents/{id}`: replaces Stripe's ids, which are a word, an underscore, and letters with digits.
fn replace_ids(path: &str) -> String {
    let is_id = |part: &str| part.contains('_') && part.bytes().any(|byte| byte.is_ascii_digit());
    path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect::<Vec<_>>().join("/")
}
