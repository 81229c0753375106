//! What can go wrong with a call to Stripe. Never holds an object of Stripe's: those carry personal data.

use std::fmt::Display;

use serde::Deserialize;
use stripe_client_core::StripeClientErr;

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    /// Stripe answered with an error. See <https://docs.stripe.com/error-codes>.
    #[error("Stripe refused: status {status}, code {code}, request {request_id}")]
    ErrorResponse {
        /// HTTP status.
        status: u16,
        /// Stripe's `code`, or its `type` when there is none.
        code: String,
        /// The parameter it complains about.
        param: Option<String>,
        /// Stripe's request id, for its support and its dashboard.
        request_id: String,
        /// It was answered before, to the same idempotency key.
        replayed: bool,
    },
    /// No answer: whether Stripe has done it is unknown.
    #[error("Stripe did not answer: {reason}")]
    NoResponse {
        /// What happened on the way.
        reason: String,
    },
    /// An answer that our types cannot read.
    #[error("Stripe's answer cannot be read: {what}")]
    Unreadable {
        /// What was expected.
        what: String,
    },
}

impl StripeError {
    /// Whether the object does not exist (any more).
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::ErrorResponse { status: 404, .. })
    }

    /// Whether what the request names in this parameter does not exist (any more).
    pub fn is_resource_missing(&self, named: &str) -> bool {
        matches!(self, Self::ErrorResponse { code, param: Some(param), .. } if code == "resource_missing" && param == named)
    }

    /// Whether something was refused for its price: it, or its product, was archived or deleted.
    pub fn is_price_refused(&self) -> bool {
        matches!(self, Self::ErrorResponse { status: 400 | 404, param: Some(param), .. } if param.ends_with("[price]"))
    }

    /// Whether Stripe understood and said no, so that trying the same again is pointless.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::ErrorResponse { status: 400..=499, .. }) && !self.is_conflict_or_rate_limit()
    }

    /// Whether Stripe does not accept the key, or the key lacks the permission: the same works once that is mended.
    pub fn is_key_refused(&self) -> bool {
        matches!(self, Self::ErrorResponse { status: 401 | 403, .. })
    }

    /// Whether what is left to pay is less than Stripe charges.
    pub fn is_amount_too_small(&self) -> bool {
        matches!(self, Self::ErrorResponse { code, .. } if code == "amount_too_small")
    }

    /// Whether another request is in the way (409: the same idempotency key, a lock) or there are too many (429).
    pub fn is_conflict_or_rate_limit(&self) -> bool {
        matches!(self, Self::ErrorResponse { status: 409 | 429, .. })
    }

    /// Whether Stripe itself failed.
    pub fn is_server_error(&self) -> bool {
        matches!(self, Self::ErrorResponse { status: 500.., .. })
    }

    /// Whether this is a failure that Stripe has stored under the idempotency key and replays.
    pub(super) fn is_replayed_failure(&self) -> bool {
        matches!(self, Self::ErrorResponse { status: 500.., replayed: true, .. })
    }

    /// A short stable word for metrics and the error queue.
    pub fn code(&self) -> &str {
        match self {
            Self::ErrorResponse { code, .. } => code,
            Self::NoResponse { .. } => "no_answer",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// Reads Stripe's error format, keeping only what is safe to log.
    pub(super) fn from_response(status: u16, request_id: String, replayed: bool, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Answer {
            error: Inner,
        }
        #[derive(Deserialize)]
        struct Inner {
            code: Option<String>,
            r#type: Option<String>,
            param: Option<String>,
        }
        let inner = serde_json::from_slice::<Answer>(body).ok().map(|answer| answer.error);
        let (code, param) = match inner {
            Some(Inner { code, r#type, param }) => (code.or(r#type), param),
            None => (None, None),
        };
        Self::ErrorResponse { status, code: code.unwrap_or_else(|| "unknown".to_owned()), param, request_id, replayed }
    }
}

impl StripeClientErr for StripeError {
    fn deserialize_err(msg: impl Display) -> Self {
        Self::Unreadable { what: msg.to_string() }
    }
}

/// A value of Stripe's that was parsed, or the error that says what was not readable.
pub(super) fn or_unreadable<T, E>(parsed: Result<T, E>, what: &str) -> Result<T, StripeError> {
    parsed.map_err(|_| StripeError::Unreadable { what: what.to_owned() })
}
