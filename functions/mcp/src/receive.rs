//! `POST /mcp`: one message of an MCP client. Who calls and from where is decided here, the rest is the SDK's.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as FromState};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use rmcp::model::ClientJsonRpcMessage;
use shared::http::{AppOrigins, Caller, DomainName, Problem};

use crate::state::State;
use crate::unreadable;

/// A message is one call with a few arguments.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    _: Caller,
    domain: DomainName,
    request: Request,
) -> Result<Response, Problem> {
    check_origin(&state.origins, request.headers())?;
    let (mut head, body) = request.into_parts();
    let body = read_body(body).await?;
    if let Err(error) = serde_json::from_slice::<ClientJsonRpcMessage>(&body) {
        return Ok(unreadable::answer(&error));
    }
    // From here on the token is in nothing that is printed.
    let authorization = head.headers.remove(AUTHORIZATION).ok_or_else(|| Problem::internal("no authorization"))?;
    head.extensions.insert(state.api.for_caller(state.api.base_url(domain)?, authorization));
    // The answer is plain JSON whatever a client would take, so it need not promise to take streams.
    head.headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    let answer = state.service.handle(Request::from_parts(head, Body::from(body))).await;
    refusal(&answer).map_or_else(|| Ok(answer.map(Body::new)), Err)
}

/// A browser names the page that calls. No other page than the frontend's may use a learner's token: the protocol's rule against DNS
/// rebinding. Who is no browser names none.
fn check_origin(allowed: &AppOrigins, headers: &HeaderMap) -> Result<(), Problem> {
    let is_allowed = |origin: &HeaderValue| allowed.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
    if headers.get_all(ORIGIN).iter().all(is_allowed) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed", "The Origin is not one of APP_ORIGINS."))
}

async fn read_body(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
        let detail = format!("The body has more than {MAX_BODY_BYTES} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    })
}

/// What the SDK refuses before it looks at the message has a text for a body, not JSON. `None` for every other answer.
fn refusal<B>(answer: &axum::http::Response<B>) -> Option<Problem> {
    let is_json = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if answer.status().is_success() || is_json {
        return None;
    }
    Some(match answer.status() {
        StatusCode::BAD_REQUEST => {
            Problem::bad_request("invalid_protocol_version", "MCP-Protocol-Version names no version of the protocol.")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let detail = "The Content-Type has to be application/json.";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
        }
        status => Problem::internal(format_args!("the SDK refuses with {status}")),
    })
}
