//! From an answer of the API to the result of a tool. A problem is a result, too, which says so: an assistant can read it and do better,
//! while an error of the protocol is only shown to people.
//! See <https://modelcontextprotocol.io/specification/2026-07-28/server/tools#error-handling>.

use axum::body::Bytes;
use axum::http::{HeaderValue, Response, StatusCode, header};
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

/// The result of an answer, as structured content and as text.
pub(crate) fn of_answer(answer: &Response<Bytes>) -> CallToolResult {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if answer.status().is_success() && body.is_object() {
        return CallToolResult::structured(body);
    }
    let mut problem = if body["code"].is_string() { body } else { of_gateway(answer.status()) };
    let seconds = |header: &HeaderValue| header.to_str().ok()?.parse::<u64>().ok();
    if let Some(retry_after) = answer.headers().get(header::RETRY_AFTER).and_then(seconds) {
        problem["retry_after"] = Value::from(retry_after);
    }
    CallToolResult::structured_error(problem)
}

/// The result when no answer came. It is not known whether the API has done what it was asked; every tool may be called again.
pub(crate) fn of_no_answer() -> CallToolResult {
    CallToolResult::structured_error(json!({
        "status": 503,
        "code": "api_unavailable",
        "detail": "The API does not answer. Please try again.",
        "retry_after": 1,
    }))
}

/// API Gateway answers some statuses by itself, with a `message` and no code. So does what else may be in front of the API.
fn of_gateway(status: StatusCode) -> Value {
    let (code, detail) = match status {
        StatusCode::UNAUTHORIZED => ("unauthorized", "The token is not accepted any more. Please sign in again."),
        StatusCode::TOO_MANY_REQUESTS => ("rate_limited", "Too many requests at once. Please try again."),
        _ => ("api_unavailable", "The API does not answer as it should."),
    };
    let mut problem = json!({ "status": status.as_u16(), "code": code, "detail": detail });
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        problem["retry_after"] = json!(1);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(status: u16, retry_after: Option<&str>, body: &str) -> Value {
        let mut answer = Response::builder().status(status);
        if let Some(seconds) = retry_after {
            answer = answer.header("retry-after", seconds);
        }
        let result = of_answer(&answer.body(Bytes::copy_from_slice(body.as_bytes())).unwrap());
        let text = serde_json::to_value(&result.content).unwrap()[0]["text"].as_str().unwrap().to_owned();
        let structured = result.structured_content.unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), structured, "the text is the same");
        assert_eq!(result.is_error, Some(structured["code"].is_string()));
        structured
    }

    #[test]
    fn a_problem_keeps_its_members_and_says_when_to_try_again() {
        assert_eq!(result(200, None, r#"{"has_access":true}"#), json!({"has_access": true}));
        let problem = r#"{"status":429,"code":"rate_limited","detail":"Later.","request_id":"r"}"#;
        let expected =
            json!({"status": 429, "code": "rate_limited", "detail": "Later.", "request_id": "r", "retry_after": 7});
        assert_eq!(result(429, Some("7"), problem), expected);
    }

    #[test]
    fn what_api_gateway_says_by_itself_gets_a_code() {
        for (status, body, code, retry_after) in [
            (401, r#"{"message":"Unauthorized"}"#, "unauthorized", None),
            (429, r#"{"message":"Too Many Requests"}"#, "rate_limited", Some(1)),
            (503, r#"{"message":"Service Unavailable"}"#, "api_unavailable", Some(1)),
            (502, "<html>", "api_unavailable", Some(1)),
            (404, r#"{"message":"Not Found"}"#, "api_unavailable", None),
            (200, "<html>", "api_unavailable", None),
        ] {
            let problem = result(status, None, body);
            assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
            assert_eq!(problem.get("retry_after").and_then(Value::as_u64), retry_after, "{status}");
        }
    }
}
