//! A fault for tests: API requests that get a 500 or 429.

use crate::values::error::ApiError;

/// Which requests the fault applies to, its response, and for how many requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) response: FaultResponse,
    /// None matches any method.
    pub(crate) method: Option<String>,
    /// A path such as `/v1/customers`, or a prefix with `*` at the end. None matches any path.
    pub(crate) path: Option<String>,
    /// For how many more requests.
    pub(crate) remaining_calls: u32,
    /// The header `Stripe-Should-Retry` of the response.
    pub(crate) should_retry: Option<bool>,
}

/// The response of a request with a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultResponse {
    /// 429. The request is not executed.
    RateLimited,
    /// 500. The request is not executed.
    ErrorWithoutExecution,
    /// 500. The request is executed, and its response is lost.
    ErrorAfterExecution,
}

impl FaultResponse {
    /// The response for a status. `after` means that the request is executed. None for other statuses, and for a 429
    /// after execution.
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
    /// Whether the fault applies to a request.
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
    fn a_fault_applies_to_matching_calls() {
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
