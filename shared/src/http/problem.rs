//! Errors as RFC 9457 problem documents: an outside message with a stable `code`, and an inside cause for the log.

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::store::RATE_WINDOW_SECONDS;

/// An error on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<u64>,
    field: Option<Box<str>>,
    members: Option<Box<Map<String, Value>>>,
    cause: Option<Box<str>>,
    is_unlogged: bool,
}

impl Problem {
    /// A problem: its HTTP status, its stable code, and a sentence for the developer who reads it.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            retry_after: None,
            field: None,
            members: None,
            cause: None,
            is_unlogged: false,
        }
    }

    /// 400: the request is wrong.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 400: Stripe does not sell it any more, and the catalog said it did.
    pub fn unknown_price() -> Self {
        Self::bad_request("unknown_price", "The price is not offered any more; please read the catalog again.")
    }

    /// 404: it does not exist, or it is not the caller's.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 409: it contradicts what is.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 429: everything that may be used until `resets_at` has been used.
    pub fn limit_reached(detail: impl Into<String>, now: Timestamp, resets_at: Timestamp) -> Self {
        let seconds = resets_at.duration_since(now).as_secs().max(0);
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "limit_reached", detail);
        // A begun second is waited for.
        problem
            .with_member("resets_at", resets_at.to_string())
            .with_retry_after(seconds.unsigned_abs().saturating_add(1))
    }

    /// 429: too often in this minute.
    pub fn rate_limited(detail: impl Into<String>, now: Timestamp) -> Self {
        let left = RATE_WINDOW_SECONDS.saturating_sub(now.as_second().rem_euclid(RATE_WINDOW_SECONDS));
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).with_retry_after(left.unsigned_abs())
    }

    /// 503: something that we need does not work; the same request may succeed later.
    pub fn unavailable(code: &'static str, cause: impl Display) -> Self {
        let detail = "This cannot be done right now. Please try again.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with_cause(cause).with_retry_after(1)
    }

    /// 500: a defect of ours.
    pub fn internal(cause: impl Display) -> Self {
        let detail = "Something went wrong on our side.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail).with_cause(cause)
    }

    /// Names the field of the request that is meant.
    pub fn with_field(mut self, field: impl Into<Box<str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says when to try again, in seconds.
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Writes no log line. Unauthenticated clients could otherwise fill the log.
    pub fn without_log(mut self) -> Self {
        self.is_unlogged = true;
        self
    }

    /// Adds a member of this problem's own: what a client needs to get on.
    /// See <https://www.rfc-editor.org/rfc/rfc9457#name-extension-members>.
    pub fn with_member(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }

    /// Adds the cause, for the log only.
    pub fn with_cause(mut self, cause: impl Display) -> Self {
        self.cause = Some(cause.to_string().into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The cause, for the log.
    pub(super) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    pub(super) fn is_unlogged(&self) -> bool {
        self.is_unlogged
    }

    /// The document, as the client sees it. See <https://www.rfc-editor.org/rfc/rfc9457>.
    pub(super) fn render(&self, request_id: &str) -> Response {
        let mut document = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        });
        if let Some(field) = &self.field {
            document["field"] = Value::from(&**field);
        }
        for (name, value) in self.members.iter().flat_map(|members| members.iter()) {
            document[name] = value.clone();
        }
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
        let mut response = (self.status, kind, document.to_string()).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The edge ([`super::route::router`]) renders it, because it knows the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
