//! A proxy between the functions and DynamoDB (or Stripe) that counts calls and fails on purpose, so that crashes and
//! contention are tested on the real wire and with the real SDK. Mind that the SDK retries: a single fault may never
//! reach the code above it.

mod fault;

use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::request::Parts;
use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) use fault::Fault;
use fault::{Outcome, refusal, server_error, stripe_refusal};

/// The proxy. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct FaultProxy {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    http: reqwest::Client,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: Vec<String>,
    answered: usize,
    transactions: Vec<Vec<String>>,
    faults: Vec<Fault>,
    faulty_keys: Vec<FaultyKey>,
    gate: Option<Held>,
}

/// What happens to the first call of an action that has an idempotency key, and to those that repeat its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// Stripe fails before it has done anything, and repeats that answer, as it does for a day.
    FailsBefore,
    /// Stripe does the work, fails, and repeats that answer.
    FailsAfter,
    /// Stripe does the work, and the connection dies.
    LosesAnswer,
    /// Stripe does the work, and the answer does not come before the client gives up.
    TakesTooLong,
    /// Stripe answers every call of the action with this status, and does nothing.
    Refuses(u16),
    /// Stripe finds what is left to pay too small, and does nothing.
    FindsTooSmall,
}

struct FaultyKey {
    action: String,
    fault: KeyFault,
    key: Option<String>,
}

struct Held {
    action: String,
    arrived: watch::Sender<usize>,
    open: watch::Receiver<bool>,
}

/// Calls of one action wait here, until it is released or dropped.
pub(crate) struct Gate {
    arrived: watch::Receiver<usize>,
    open: watch::Sender<bool>,
}

impl FaultProxy {
    /// A proxy on a free port before `upstream`, a base URL.
    pub(crate) async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared =
            Arc::new(Shared { upstream: upstream.to_owned(), http: reqwest::Client::new(), state: Mutex::default() });
        let proxy = Self { url, shared };
        tokio::spawn(accept(listener, Arc::clone(&proxy.shared)));
        proxy
    }

    /// The endpoint for the functions.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The actions called so far, killed ones and the client's retries included: DynamoDB's `Query`,
    /// `TransactWriteItems`; Stripe's `GET /v1/refunds`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.shared.state().calls.clone()
    }

    /// How many calls were forwarded and answered while the client still waited. One that it gave up on and made
    /// again is not counted twice.
    pub(crate) fn answered(&self) -> usize {
        self.shared.state().answered
    }

    /// The items of each transaction so far, as their sort keys begin: `ACCESS`, `AUDIT`.
    pub(crate) fn transactions(&self) -> Vec<Vec<String>> {
        self.shared.state().transactions.clone()
    }

    /// Adds a fault to the plan.
    pub(crate) fn inject(&self, fault: Fault) {
        self.shared.state().faults.push(fault);
    }

    /// Plans what happens to the next call of `action`.
    pub(crate) fn inject_into(&self, action: &str, fault: KeyFault) {
        self.shared.state().faulty_keys.push(FaultyKey { action: action.to_owned(), fault, key: None });
    }

    /// Forgets calls and faults and opens the gate; counting starts again at 1.
    pub(crate) fn reset(&self) {
        *self.shared.state() = State::default();
    }

    /// Holds every call of `action` from now on, so that requests can be interleaved on purpose.
    pub(crate) fn hold(&self, action: &str) -> Gate {
        let (arrived, arrivals) = watch::channel(0);
        let (open, opened) = watch::channel(false);
        self.shared.state().gate = Some(Held { action: action.to_owned(), arrived, open: opened });
        Gate { arrived: arrivals, open }
    }
}

impl Gate {
    /// Waits until `count` calls stand at the gate.
    pub(crate) async fn arrived(&mut self, count: usize) {
        self.arrived.wait_for(|arrived| *arrived >= count).await.expect("the gate stands until it is released");
    }

    /// Lets all waiting and coming calls through.
    pub(crate) fn release(self) {
        self.open.send_replace(true);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the call and says what happens to it.
    fn plan(&self, action: &str, key: Option<&str>) -> Outcome {
        let mut state = self.state();
        state.calls.push(action.to_owned());
        let faulty = key.and_then(|key| state.faulty_keys.iter_mut().find_map(|faulty| faulty.outcome(action, key)));
        if let Some(outcome) = faulty {
            return outcome;
        }
        let call = state.calls.len();
        state.faults.iter().find_map(|fault| fault.outcome(call)).unwrap_or(Outcome::Forward)
    }

    /// Waits while a gate holds this action. A dropped gate is an open one.
    fn gate(&self, action: &str) -> impl Future<Output = ()> + Send + use<> {
        let mut open = self.state().gate.as_ref().filter(|held| held.action == action).map(|held| {
            held.arrived.send_modify(|arrived| *arrived += 1);
            held.open.clone()
        });
        async move {
            if let Some(open) = &mut open {
                let _ = open.wait_for(|open| *open).await;
            }
        }
    }
}

impl FaultyKey {
    fn outcome(&mut self, action: &str, key: &str) -> Option<Outcome> {
        if self.action != action {
            return None;
        }
        if let KeyFault::Refuses(status) = self.fault {
            return Some(Outcome::Refuse(status, "refused_on_purpose"));
        }
        let is_first = self.key.is_none();
        let is_same = self.key.get_or_insert_with(|| key.to_owned()) == key;
        match self.fault {
            KeyFault::FailsBefore if is_first => Some(Outcome::Fail { replayed: false }),
            KeyFault::FailsAfter if is_first => Some(Outcome::ForwardAndFail),
            KeyFault::FailsBefore | KeyFault::FailsAfter => is_same.then_some(Outcome::Fail { replayed: true }),
            KeyFault::LosesAnswer => is_first.then_some(Outcome::ForwardAndDie),
            KeyFault::TakesTooLong => is_first.then_some(Outcome::ForwardAndWait),
            KeyFault::FindsTooSmall => is_same.then_some(Outcome::Refuse(400, "amount_too_small")),
            KeyFault::Refuses(_) => None,
        }
    }
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("killed on purpose")]
struct Killed;

async fn accept(listener: TcpListener, shared: Arc<Shared>) -> Result<Infallible, std::io::Error> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| call(Arc::clone(&shared), request));
    // An error of the service makes hyper close the connection without a response, which is the point.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn call(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Killed> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Killed)?.to_bytes();
    let action = action_of(&parts);
    let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let outcome = shared.plan(&action, key);
    if action == "TransactWriteItems" {
        shared.state().transactions.push(items(&body));
    }
    shared.gate(&action).await;
    match outcome {
        Outcome::Forward => {
            let answer = forward(&shared, parts, body).await?;
            shared.state().answered += 1;
            Ok(answer)
        }
        Outcome::Die => Err(Killed),
        Outcome::ForwardAndDie => {
            forward(&shared, parts, body).await?;
            Err(Killed)
        }
        Outcome::Fail { replayed } => Ok(server_error(replayed)),
        Outcome::Refuse(status, code) => Ok(stripe_refusal(status, code)),
        Outcome::ForwardAndFail => {
            forward(&shared, parts, body).await?;
            Ok(server_error(false))
        }
        Outcome::ForwardAndWait => {
            forward(&shared, parts, body).await?;
            std::future::pending().await
        }
        Outcome::TestResponse(error) => Ok(refusal(error, &body)),
    }
}

/// `DynamoDB_20120810.TransactWriteItems` is the action `TransactWriteItems`; without a target it is method and path.
fn action_of(parts: &Parts) -> String {
    match parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => format!("{} {}", parts.method, parts.uri.path()),
    }
}

/// What the items of a transaction are.
fn items(transaction: &[u8]) -> Vec<String> {
    let transaction: Value = serde_json::from_slice(transaction).unwrap();
    let operations = transaction["TransactItems"].as_array().unwrap().iter();
    let operations = operations.flat_map(|operation| operation.as_object().unwrap().values());
    let sorts = operations.map(|operation| {
        let key = if operation["Item"].is_null() { &operation["Key"] } else { &operation["Item"] };
        key["SK"]["S"].as_str().unwrap()
    });
    sorts.map(|sort| sort.split('#').next().unwrap_or_default().to_owned()).collect()
}

async fn forward(shared: &Shared, mut parts: Parts, body: Bytes) -> Result<Response<Full<Bytes>>, Killed> {
    parts.headers.remove("host");
    let url = format!("{}{}", shared.upstream, parts.uri);
    let request = shared.http.request(parts.method, url).headers(parts.headers).body(body);
    let answer = request.send().await.map_err(|_| Killed)?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.extend(answer.headers().clone());
    }
    let body = answer.bytes().await.map_err(|_| Killed)?;
    response.body(Full::new(body)).map_err(|_| Killed)
}
