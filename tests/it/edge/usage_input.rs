//! Shows that an invalid use of a meter is refused with its code and counts nothing.

use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::expected_responses::{ExpectedResponse, check_responses};

#[tokio::test]
async fn an_invalid_use_of_a_meter_is_refused_with_its_code_and_counts_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let before = app.rows_without_rates().await;
    let mut responses = Vec::new();
    for (meter, body, status, code) in [
        ("scenarios", "", 400, "body_missing"),
        ("scenarios", "1", 400, "invalid_field"),
        ("scenarios", "{", 400, "malformed_json"),
        ("scenarios", "[1]", 400, "invalid_field"),
        ("scenarios", "[1", 400, "malformed_json"),
        ("scenarios", "{}", 400, "invalid_field"),
        ("scenarios", r#"{"quantity": null}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": -1}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1.5}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": "1"}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1000001}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 99999999999999999999999}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1, "limit": 100}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 1, "user_id": "somebody-else"}"#, 400, "invalid_field"),
        ("scenarios", r#"{"quantity": 6}"#, 429, "limit_reached"),
        ("no_such_meter", r#"{"quantity": 1}"#, 404, "not_found"),
        ("SCENARIOS", r#"{"quantity": 1}"#, 404, "not_found"),
        ("a%20meter%23with%2Fparts", r#"{"quantity": 1}"#, 404, "not_found"),
        ("", r#"{"quantity": 1}"#, 404, "Not Found"),
    ] {
        let path = format!("/usage/{meter}");
        let response = ada.call(Method::POST, &path, Some(body.to_owned())).await;
        responses.push(ExpectedResponse { request: format!("{meter} {body}"), response, status, code });
    }
    for (name, key) in [
        ("an empty key", Vec::new()),
        ("a key of 256 characters", vec![b'k'; 256]),
        ("a key with a tab", b"a\tb".to_vec()),
        ("a key in UTF-8", "schlüssel".as_bytes().to_vec()),
    ] {
        let response = ada.consume_with_key("scenarios", 1, &key).await;
        responses.push(ExpectedResponse {
            request: name.to_owned(),
            response,
            status: 400,
            code: "invalid_idempotency_key",
        });
    }
    let response =
        app.call_without_token(Method::POST, "/usage/scenarios", Some(r#"{"quantity": 1}"#.to_owned())).await;
    responses.push(ExpectedResponse {
        request: "without a token".to_owned(),
        response,
        status: 401,
        code: "Unauthorized",
    });
    check_responses(&responses, 24);
    assert_eq!(app.rows_without_rates().await, before);
    ada.consume_with_key("scenarios", 1, &[b'k'; 255]).await.expect(200);
    // JSON Schema, and so the contract, counts it among the integers.
    ada.call(Method::POST, "/usage/scenarios", Some(r#"{"quantity": 1.0}"#.to_owned())).await.expect(200);
}
