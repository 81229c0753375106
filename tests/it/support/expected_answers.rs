//! A list of requests with the answer that each should get, checked together so that a failure names all that differ.

use super::answer::Answer;

/// What was answered to a request, and what should have been.
pub(crate) struct ExpectedAnswer {
    pub(crate) request: String,
    pub(crate) answer: Answer,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

/// Panics unless every answer is the expected one, there are at least so many, and every problem names its request.
#[track_caller]
pub(crate) fn check_answers(answers: &[ExpectedAnswer], at_least: usize) {
    let wrong: Vec<String> = answers
        .iter()
        .filter(|one| one.answer.status.as_u16() != one.status || code_of(&one.answer) != one.code)
        .map(|one| {
            let ExpectedAnswer { request, answer, status, code } = one;
            format!("{request}: {} {} instead of {status} {code}", answer.status, answer.body)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(answers.len() >= at_least, "{} answers", answers.len());
    for one in answers.iter().filter(|one| one.answer.body.get("code").is_some()) {
        let kind = one.answer.headers["content-type"].to_str().unwrap();
        assert_eq!(kind, "application/problem+json", "{}", one.request);
        let request = one.answer.body["request_id"].as_str().unwrap();
        assert!(!request.is_empty(), "{}: a problem names its request", one.request);
    }
}

/// Ours is a problem's `code`; API Gateway's own answers have only a `message`.
fn code_of(answer: &Answer) -> &str {
    answer.body["code"].as_str().or(answer.body["message"].as_str()).unwrap_or_default()
}
