//! Errors of API requests, with Stripe's messages (<https://docs.stripe.com/api/errors>).

use serde_json::{Map, Value, json};

use crate::values::object_type::ObjectType;

/// Why a request failed. A failed request changes nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Stripe would refuse the request.
    #[error("{}", .0.message)]
    Api(Box<ApiError>),
    /// The stand-in's state failed. The response is Stripe's `api_error`.
    #[error("the stand-in's state cannot be read or written: {0}")]
    Store(#[from] rusqlite::Error),
    /// A stored object is not JSON.
    #[error("a stored object is damaged: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<ApiError> for Error {
    fn from(api_error: ApiError) -> Error {
        Error::Api(Box::new(api_error))
    }
}

/// Stripe's error object.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) error_type: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// Further fields, such as `decline_code`, `charge` and `payment_intent` of card errors.
    pub(crate) extra: Map<String, Value>,
}

impl ApiError {
    /// A 400 `invalid_request_error`.
    pub(crate) fn invalid_request(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "invalid_request_error", message.into())
    }

    /// A 402 `card_error` with the code that Stripe's list of test cards gives.
    pub(crate) fn card_error(code: &'static str, decline_code: Option<&str>, message: &str) -> ApiError {
        let mut api_error = ApiError::new(402, "card_error", message.to_owned()).with_code(code);
        if let Some(decline_code) = decline_code {
            api_error.extra.insert("decline_code".to_owned(), json!(decline_code));
        }
        api_error
    }

    /// A 401, for a missing, unknown or live key.
    pub(crate) fn unauthorized(message: impl Into<String>) -> ApiError {
        ApiError::new(401, "invalid_request_error", message.into())
    }

    /// A 400 `idempotency_error`: the key was first used with another request.
    pub(crate) fn idempotency_key_reused(message: String) -> ApiError {
        ApiError::new(400, "idempotency_error", message)
    }

    /// A 409: the first request with this key is still running.
    pub(crate) fn idempotency_key_in_use(key: &str) -> ApiError {
        let message = format!(
            "There is currently another in-progress request using this Idempotency-Key (that probably \
             means you submitted twice, and the other request is still going through): {key}."
        );
        ApiError::new(409, "invalid_request_error", message).with_code("idempotency_key_in_use")
    }

    /// A 404 for an unknown id.
    pub(crate) fn resource_missing(object_type: ObjectType, id: &str, param: &str) -> ApiError {
        let message = format!("No such {}: '{id}'", object_type.message_name());
        ApiError::new(404, "invalid_request_error", message).with_code("resource_missing").with_param(param)
    }

    /// A 400 for an unknown parameter.
    pub(crate) fn unknown_param(param: &str) -> ApiError {
        ApiError::invalid_request(format!("Received unknown parameter: {param}"))
            .with_code("parameter_unknown")
            .with_param(param)
    }

    /// A 400 for a missing parameter.
    pub(crate) fn missing_param(param: &str) -> ApiError {
        ApiError::invalid_request(format!("Missing required param: {param}."))
            .with_code("parameter_missing")
            .with_param(param)
    }

    /// A 500 for an error of the stand-in. It does not say the cause.
    pub(crate) fn internal() -> ApiError {
        let message = "An unknown error occurred in the Stripe stand-in; its log says more.";
        ApiError::new(500, "api_error", message.to_owned())
    }

    /// A simulated 500 of Stripe's.
    pub(crate) fn server_error() -> ApiError {
        ApiError::new(500, "api_error", "An unknown error occurred.".to_owned())
    }

    /// A 429 (<https://docs.stripe.com/rate-limits>).
    pub(crate) fn rate_limited() -> ApiError {
        let message = "Request rate limit exceeded. Learn more about rate limits here \
            https://docs.stripe.com/rate-limits.";
        ApiError::new(429, "invalid_request_error", message.to_owned()).with_code("rate_limit")
    }

    /// Adds the code.
    pub(crate) fn with_code(mut self, code: &'static str) -> ApiError {
        self.code = Some(code);
        self
    }

    /// Adds the parameter that the error is about.
    pub(crate) fn with_param(mut self, param: &str) -> ApiError {
        self.param = Some(param.to_owned());
        self
    }

    /// The `error` object.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = self.extra.clone();
        error.insert("type".to_owned(), json!(self.error_type));
        error.insert("message".to_owned(), json!(self.message));
        if let Some(code) = self.code {
            error.insert("code".to_owned(), json!(code));
            let doc_url = format!("https://docs.stripe.com/error-codes/{}", code.replace('_', "-"));
            error.insert("doc_url".to_owned(), json!(doc_url));
        }
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), json!(param));
        }
        Value::Object(error)
    }

    fn new(status: u16, error_type: &'static str, message: String) -> ApiError {
        ApiError { status, error_type, code: None, message, param: None, extra: Map::new() }
    }
}
