//! The headers of every Stripe response, and the format of errors.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::values::api_version::API_VERSION;
use crate::values::error::{ApiError, Error};

/// A JSON response. `Stripe-Version` repeats what the client requested, as at Stripe. The objects always have the
/// shape of [`API_VERSION`].
pub(super) fn json_response(status: u16, body: String, request: &HeaderMap, request_id: &str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("request-id", id);
    }
    for repeated in ["stripe-version", "idempotency-key"] {
        if let Some(value) = request.get(repeated) {
            headers.insert(repeated, value.clone());
        }
    }
    headers.entry("stripe-version").or_insert(HeaderValue::from_static(API_VERSION));
    response
}

/// Marks a stored response that was replayed for an idempotency key.
pub(super) fn mark_replayed(response: &mut Response) {
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
}

/// Tells the client whether to retry the request
/// (<https://docs.stripe.com/error-low-level#the-stripe-should-retry-header>).
pub(super) fn set_should_retry(response: &mut Response, should_retry: bool) {
    let value = HeaderValue::from_static(if should_retry { "true" } else { "false" });
    response.headers_mut().insert("stripe-should-retry", value);
}

/// Stripe's error response. Internal errors are logged and never sent.
pub(super) fn error_response(error: &Error, request: &HeaderMap, request_id: &str) -> Response {
    let api_error = match error {
        Error::Api(api_error) => api_error.as_ref().clone(),
        Error::Store(_) | Error::Json(_) => {
            tracing::error!(%error, request_id, "the Stripe stand-in failed");
            ApiError::internal()
        }
    };
    json_response(api_error.status, error_body(&api_error, request_id), request, request_id)
}

/// The body of Stripe's error response.
pub(super) fn error_body(api_error: &ApiError, request_id: &str) -> String {
    let mut body = api_error.to_json();
    body["request_log_url"] = json!(format!("https://dashboard.stripe.com/test/logs/{request_id}"));
    format!("{:#}", json!({ "error": body }))
}
