//! A fault that somebody asked for: calls of the API that are answered with 500 or 429, whatever they say.

use crate::values::error::ApiError;

/// Which calls are answered so, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) response: FaultResponse,
    /// Any method without one.
    pub(crate) method: Option<String>,
    /// A path such as `/v1/customers`, or with `*` at the end all that begin with it; any path without one.
    pub(crate) path: Option<String>,
    /// So many calls are still to be answered so.
    pub(crate) remaining_calls: u32,
    /// The header `Stripe-Should-Retry` of the answer.
    pub(crate) should_retry: Option<bool>,
}

/// What the caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultResponse {
    /// 429: nothing happened.
    RateLimited,
    /// 500 in place of the call: nothing happened.
    ErrorWithoutExecution,
    /// 500 in place of the answer: everything happened.
    ErrorAfterExecution,
}

impl FaultResponse {
    /// The answer of a status, and whether the call happens before; None for others, and for a 429 of a call that happens.
    pub(crate) fn from_status(status: u16, after: bool) -> Option<FaultResponse> {
        match (status, after) {
            (429, false) => Some(FaultResponse::RateLimited),
            (500, false) => Some(FaultResponse::ErrorWithoutExecution),
            (500, true) => Some(FaultResponse::ErrorAfterExecution),
            _ => None,
        }
    }

    /// Stripe's error object.
    pub(crate) fn to_api_error(self) -> ApiError {
        match self {
            FaultResponse::RateLimited => ApiError::rate_limited(),
            FaultResponse::ErrorWithoutExecution | FaultResponse::ErrorAfterExecution => ApiError::server_error(),
        }
    }
}

impl Fault {
    /// Whether a call is one of those.
    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        let is_path = |expected: &String| match expected.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == expected,
        };
        self.method.as_ref().is_none_or(|expected| expected == method) && self.path.as_ref().is_none_or(is_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_the_calls_that_it_names() {
        let cases = [
            (None, None, true),
            (Some("POST"), None, true),
            (Some("GET"), None, false),
            (None, Some("/v1/customers/cus_1"), true),
            (None, Some("/v1/customers"), false),
            (None, Some("/v1/customers*"), true),
            (None, Some("/v1/prices*"), false),
            (Some("POST"), Some("*"), true),
        ];
        for (method, path, expected) in cases {
            let (method, path) = (method.map(str::to_owned), path.map(str::to_owned));
            let fault =
                Fault { response: FaultResponse::RateLimited, method, path, remaining_calls: 1, should_retry: None };
            assert_eq!(fault.matches("POST", "/v1/customers/cus_1"), expected, "{fault:?}");
        }
    }
}
