//! A Lambda function URL of auth type NONE: every method and path goes to one function.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>

use std::net::SocketAddr;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use shared::http::gateway::{EventSource, Invocation, LambdaResponse};

use crate::ids;
use crate::lambda::{self, Function};

/// Lambda's limit for a synchronous request, in bytes.
const MAX_BODY: usize = 6 * 1024 * 1024;

/// The domain name that a function URL has on AWS. Functions see it in their events.
const DOMAIN_NAME: &str = "tuitionwebhook.lambda-url.us-east-1.on.aws";

/// The HTTP side of a function URL.
pub fn router(function: Function) -> Router {
    Router::new().fallback(handle).with_state(function)
}

async fn handle(
    State(function): State<Function>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = ids::uuid();
    let mut response = answer(&function, client, request, &request_id).await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amzn-requestid", value);
    }
    response
}

async fn answer(function: &Function, client: SocketAddr, request: Request, request_id: &str) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large").into_response();
    };
    let event = Invocation {
        source: EventSource::FunctionUrl,
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        body: &body,
        domain_name: DOMAIN_NAME,
        source_ip: &client.ip().to_string(),
        request_id,
        time: Timestamp::now(),
    }
    .to_event();
    match lambda::invoke(&function.router, &event).await {
        Ok(response) => match LambdaResponse::parse(&response) {
            Ok(answer) => lambda::http_response(answer),
            Err(error) => bad_gateway(function, &error),
        },
        Err(error) => bad_gateway(function, &error),
    }
}

/// The response of a function URL when the function fails.
fn bad_gateway(function: &Function, error: &dyn std::error::Error) -> Response {
    tracing::error!(function = function.name, %error, "the function failed");
    (StatusCode::BAD_GATEWAY, "Internal Server Error").into_response()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::{Body, Bytes, to_bytes};
    use axum::extract::connect_info::MockConnectInfo;
    use axum::http::{Request, StatusCode};
    use axum::routing::post;
    use axum::{Router, response::Response};
    use tower::ServiceExt;

    use super::{MAX_BODY, router};
    use crate::lambda::Function;

    async fn broken() -> &'static str {
        panic!("a bug")
    }

    async fn send(path: &str, body: Vec<u8>) -> Response {
        let handlers = Router::new().route("/", post(|body: Bytes| async move { body })).route("/broken", post(broken));
        let function = Function { name: "test", routes: Vec::new(), router: handlers };
        let app = router(function).layer(MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))));
        app.oneshot(Request::post(path).body(Body::from(body)).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn bytes_pass_unchanged() {
        let response = send("/", vec![0, 255, 10]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(to_bytes(response.into_body(), 10).await.unwrap().to_vec(), [0, 255, 10]);
    }

    #[tokio::test]
    async fn a_failing_function_is_a_bad_gateway_and_a_big_body_is_refused() {
        assert_eq!(send("/broken", vec![1]).await.status(), StatusCode::BAD_GATEWAY);
        assert_eq!(send("/", vec![0; MAX_BODY + 1]).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
