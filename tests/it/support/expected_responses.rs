//! A list of requests with the response that each should get, checked together so that a failure names all that differ.

use super::response::TestResponse;

/// The response to a request, and what it should have been.
pub(crate) struct ExpectedResponse {
    pub(crate) request: String,
    pub(crate) response: TestResponse,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

/// Panics unless every response is the expected one, there are at least so many, and every problem names its request.
#[track_caller]
pub(crate) fn check_responses(responses: &[ExpectedResponse], at_least: usize) {
    let wrong: Vec<String> = responses
        .iter()
        .filter(|one| one.response.status.as_u16() != one.status || code_of(&one.response) != one.code)
        .map(|one| {
            let ExpectedResponse { request, response, status, code } = one;
            format!("{request}: {} {} instead of {status} {code}", response.status, response.body)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(responses.len() >= at_least, "{} responses", responses.len());
    for one in responses.iter().filter(|one| one.response.body.get("code").is_some()) {
        let kind = one.response.headers["content-type"].to_str().unwrap();
        assert_eq!(kind, "application/problem+json", "{}", one.request);
        let request = one.response.body["request_id"].as_str().unwrap();
        assert!(!request.is_empty(), "{}: a problem names its request", one.request);
    }
}

/// Ours is a problem's `code`; API Gateway's own responses have only a `message`.
fn code_of(response: &TestResponse) -> &str {
    response.body["code"].as_str().or(response.body["message"].as_str()).unwrap_or_default()
}
