//! API Gateway, as an HTTP API: routes, JWT authorizer, CORS, and the invocation of the function.
//! Throttling is not emulated.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html>

mod authorizer;
mod cors;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::json;
use shared::http::gateway::{EventSource, Invocation, LambdaResponse};
use shared::http::route::Auth;

pub use authorizer::Authorizer;
pub use cors::Cors;
pub use routes::{RouteConflict, Routes};

use crate::ids;
use crate::lambda;
use routes::MatchedRoute;

/// API Gateway's limit for a request, in bytes.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// Headers that a proxy does not forward.
const HOP_BY_HOP: [&str; 6] = ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// One HTTP API.
pub struct Gateway {
    /// The routes of the functions.
    pub routes: Routes,
    /// Checks the tokens of routes that need a signed-in user.
    pub authorizer: Authorizer,
    /// Which web pages may call the API.
    pub cors: Cors,
}

impl Gateway {
    /// The HTTP side. Needs the client's address as axum's `ConnectInfo`.
    pub fn router(self) -> Router {
        Router::new().fallback(handle).with_state(Arc::new(self))
    }
}

async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let request_id = ids::api_request_id();
    let mut response = if request.method() == Method::OPTIONS {
        gateway.cors.preflight(origin.as_ref())
    } else {
        answer(&gateway, client, request, &request_id).await
    };
    gateway.cors.set_headers(response.headers_mut(), origin.as_ref());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}

async fn answer(gateway: &Gateway, client: SocketAddr, request: Request, request_id: &str) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(matched) = gateway.routes.find(&parts.method, parts.uri.path()) else {
        return message(StatusCode::NOT_FOUND, "Not Found");
    };
    let claims = match matched.auth {
        Auth::Public => None,
        Auth::SignedIn => match gateway.authorizer.claims(parts.headers.get(AUTHORIZATION)).await {
            Ok(claims) => Some(claims),
            Err(error) => {
                tracing::debug!(%error, "a token was refused");
                return unauthorized();
            }
        },
    };
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    forward_headers(&mut parts.headers, client);
    let source =
        EventSource::HttpApi { route_key: matched.key, path_parameters: &matched.parameters, claims: claims.as_ref() };
    invoke(&matched, source, &parts, &body, client, request_id).await
}

async fn invoke(
    matched: &MatchedRoute<'_>,
    source: EventSource<'_>,
    parts: &Parts,
    body: &[u8],
    client: SocketAddr,
    request_id: &str,
) -> Response {
    let event = Invocation {
        source,
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &parts.headers,
        body,
        domain_name: parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost"),
        source_ip: &client.ip().to_string(),
        request_id,
        time: Timestamp::now(),
    }
    .to_event();
    let answer = match lambda::invoke(&matched.function.router, &event).await {
        Ok(response) => LambdaResponse::parse(&response).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match answer {
        Ok(answer) => lambda::http_response(answer),
        Err(error) => {
            tracing::error!(function = matched.function.name, error, "the function failed");
            message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// Removes headers of the connection and adds the client's address, as API Gateway does.
fn forward_headers(headers: &mut HeaderMap, client: SocketAddr) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    if let Ok(address) = HeaderValue::from_str(&client.ip().to_string()) {
        headers.append("x-forwarded-for", address);
    }
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
}

fn unauthorized() -> Response {
    let mut response = message(StatusCode::UNAUTHORIZED, "Unauthorized");
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn message(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "message": text }))).into_response()
}

#[cfg(test)]
mod tests;
