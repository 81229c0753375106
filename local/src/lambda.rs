//! Invokes a function as Lambda does: JSON in, through `lambda_http`, JSON out.

use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use lambda_http::Service;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use serde_json::Value;
use shared::http::LambdaService;
use shared::http::gateway::LambdaResponse;
use shared::http::route::RouteSpec;

/// A deployed function: its routes, and the router that `main.rs` passes to `http::run`.
#[derive(Debug, Clone)]
pub struct Function {
    /// Name of its crate.
    pub name: &'static str,
    /// The routes that API Gateway sends to it.
    pub routes: Vec<RouteSpec>,
    /// Its handlers.
    pub router: Router,
}

/// Why an invocation returned no response.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// The payload is not an event that `lambda_http` knows, or the response is not JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The handler panicked. Lambda reports this as a function error and keeps the process.
    #[error("the function panicked")]
    Panicked,
}

/// Hands `event`, the JSON that Lambda would receive, to the function and returns the JSON that Lambda would send
/// back. The bytes pass through serde in both directions and through the service that `http::run` uses.
///
/// # Errors
/// [`FunctionError`] when the event is not one that the function can read, or when the handler panics.
pub async fn invoke(router: &Router, event: &Value) -> Result<Value, FunctionError> {
    let payload: LambdaRequest = serde_json::from_str(&event.to_string())?;
    let mut context = Context::default();
    context.request_id = event["requestContext"]["requestId"].as_str().unwrap_or_default().to_owned();
    let router = router.clone();
    // In its own task: a panic ends only this invocation, and a client that disconnects does not cancel it.
    let invocation = tokio::spawn(async move {
        let response = LambdaService::new(router).call(LambdaEvent::new(payload, context));
        response.await
    });
    match invocation.await {
        Ok(Ok(response)) => Ok(serde_json::to_value(&response)?),
        Ok(Err(never)) => match never {},
        Err(_) => Err(FunctionError::Panicked),
    }
}

/// Converts a response of the function to the HTTP response for the client.
pub(crate) fn http_response(answer: LambdaResponse) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    for cookie in &answer.cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};
    use axum::routing::{get, post};
    use jiff::Timestamp;
    use shared::http::gateway::{EventSource, Invocation, LambdaResponse};

    use super::{FunctionError, invoke};

    fn event(method: &Method, path: &str, body: &[u8]) -> serde_json::Value {
        Invocation {
            source: EventSource::FunctionUrl,
            method,
            path,
            query: None,
            headers: &HeaderMap::new(),
            body,
            domain_name: "local.lambda-url.us-east-1.on.aws",
            source_ip: "127.0.0.1",
            request_id: "r1",
            time: Timestamp::now(),
        }
        .to_event()
    }

    #[tokio::test]
    async fn raw_bytes_are_passed_through() {
        let router = Router::new().route("/echo", post(|body: Bytes| async move { body }));
        let bytes: Vec<u8> = (0..=255).collect();
        let response = invoke(&router, &event(&Method::POST, "/echo", &bytes)).await.unwrap();
        assert_eq!(LambdaResponse::parse(&response).unwrap().body, bytes);
    }

    async fn broken() -> &'static str {
        panic!("a bug")
    }

    #[tokio::test]
    async fn a_panic_is_a_function_error() {
        let router = Router::new().route("/", get(broken));
        let outcome = invoke(&router, &event(&Method::GET, "/", b"")).await;
        assert!(matches!(outcome, Err(FunctionError::Panicked)));
    }

    #[tokio::test]
    async fn an_invalid_event_is_refused() {
        let outcome = invoke(&Router::new(), &serde_json::json!({ "Records": [] })).await;
        assert!(matches!(outcome, Err(FunctionError::Json(_))));
    }
}
