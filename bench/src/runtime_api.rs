//! The Lambda Runtime API, for one instance of one function.
//! See <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

/// The deadline that functions are told, longer than any invocation.
const DEADLINE_MILLIS: i64 = 30_000;

/// How an invocation ended, and when its last byte arrived.
#[derive(Debug)]
pub(crate) struct InvocationEnd {
    pub(crate) at: Instant,
    /// The function's response, or the error that it reported.
    pub(crate) answer: Result<Bytes, String>,
}

/// How often the function has asked for an event, and when it last did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Polls {
    pub(crate) count: u64,
    pub(crate) at: Instant,
}

/// The server of the Runtime API.
pub(crate) struct RuntimeApi {
    /// Host and port, as `AWS_LAMBDA_RUNTIME_API` names them.
    pub(crate) address: String,
    pub(crate) polls: watch::Receiver<Polls>,
    invocations: mpsc::UnboundedSender<PendingInvocation>,
    server: tokio::task::JoinHandle<()>,
}

struct PendingInvocation {
    event: Bytes,
    end_sender: oneshot::Sender<InvocationEnd>,
}

/// What the handlers share.
struct RuntimeState {
    polls: watch::Sender<Polls>,
    work: AsyncMutex<mpsc::UnboundedReceiver<PendingInvocation>>,
    running: Mutex<HashMap<String, oneshot::Sender<InvocationEnd>>>,
}

impl RuntimeApi {
    /// Listens on a free port.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (polled, polls) = watch::channel(Polls { count: 0, at: Instant::now() });
        let (work, end_sender) = mpsc::unbounded_channel();
        let state = RuntimeState { polls: polled, work: AsyncMutex::new(end_sender), running: Mutex::default() };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(respond))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
            .route("/2018-06-01/runtime/init/error", post(fail_init))
            .with_state(Arc::new(state));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the Runtime API stopped: {error}");
            }
        });
        Ok(Self { address, polls, invocations: work, server })
    }

    /// Sends the event to the function as soon as it asks for one.
    pub(crate) fn invoke(&self, event: Bytes) -> oneshot::Receiver<InvocationEnd> {
        let (end_sender, end_receiver) = oneshot::channel();
        // If the server has ended, the returned receiver fails.
        let _ = self.invocations.send(PendingInvocation { event, end_sender });
        end_receiver
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(state): State<Arc<RuntimeState>>) -> Response {
    let at = Instant::now();
    state.polls.send_modify(|polls| *polls = Polls { count: polls.count + 1, at });
    let Some(work) = state.work.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let id = format!("00000000-0000-4000-8000-{:012}", state.polls.borrow().count);
    state.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), work.end_sender);
    let deadline = jiff::Timestamp::now().as_millisecond() + DEADLINE_MILLIS;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench".to_owned()),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned()),
    ];
    (headers, work.event).into_response()
}

async fn respond(State(state): State<Arc<RuntimeState>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    finish_invocation(&state, &id, Ok(body))
}

async fn fail(State(state): State<Arc<RuntimeState>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    finish_invocation(&state, &id, Err(String::from_utf8_lossy(&body).into_owned()))
}

async fn fail_init(body: Bytes) -> StatusCode {
    eprintln!("a function did not start: {}", String::from_utf8_lossy(&body));
    StatusCode::ACCEPTED
}

fn finish_invocation(state: &RuntimeState, id: &str, answer: Result<Bytes, String>) -> StatusCode {
    let end = InvocationEnd { at: Instant::now(), answer };
    match state.running.lock().unwrap_or_else(PoisonError::into_inner).remove(id) {
        Some(end_sender) => {
            // The caller may have gone.
            let _ = end_sender.send(end);
            StatusCode::ACCEPTED
        }
        None => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

    use super::RuntimeApi;

    #[tokio::test]
    async fn an_invocation_returns_the_response_of_the_function() {
        let mut api = RuntimeApi::start().await.unwrap();
        let base = format!("http://{}/2018-06-01/runtime", api.address);
        let function = tokio::spawn(async move {
            let http = reqwest::Client::new();
            for (path, answer) in [("response", "an answer"), ("error", "a failure")] {
                let work = http.get(format!("{base}/invocation/next")).send().await.unwrap();
                let id = work.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
                assert_eq!(work.text().await.unwrap(), "an event");
                let url = format!("{base}/invocation/{id}/{path}");
                let taken = http.post(&url).body(answer).send().await.unwrap();
                assert_eq!(taken.status(), 202);
                let again = http.post(&url).body(answer).send().await.unwrap();
                assert_eq!(again.status(), 400, "an invocation ends once");
            }
        });
        let first = api.invoke(Bytes::from_static(b"an event")).await.unwrap();
        assert_eq!(first.answer, Ok(Bytes::from_static(b"an answer")));
        let second = api.invoke(Bytes::from_static(b"an event")).await.unwrap();
        assert_eq!(second.answer, Err("a failure".to_owned()));
        api.polls.wait_for(|polls| polls.count == 2).await.unwrap();
        function.await.unwrap();
    }
}
