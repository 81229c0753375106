//! Shows that an invalid request for a payment intent is refused with its code and writes nothing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::{COURSE, PRICE_USD};
use crate::support::expected_responses::{ExpectedResponse, check_responses};
use crate::support::payment_intents::PAYMENT_INTENTS;

#[tokio::test]
async fn an_invalid_request_is_refused_with_its_code_and_writes_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let catalog = ada.get("/catalog").await.expect(200);
    let price = catalog["products"][0]["prices"][0]["price_id"].as_str().unwrap().to_owned();
    let plan = &catalog["plans"][1]["prices"][0]["price_id"];
    let before = app.rows_without_rates().await;

    let course = |field: &str, value: Value| json!({"course_id": COURSE, field: value}).to_string();
    let bodies: Vec<(String, u16, &'static str)> = vec![
        (String::new(), 400, "body_missing"),
        ("{".to_owned(), 400, "malformed_json"),
        ("{}".to_owned(), 400, "invalid_field"),
        (json!({"course_id": COURSE, "price_id": price}).to_string(), 400, "invalid_field"),
        (json!({"plan_id": "premium"}).to_string(), 400, "invalid_field"),
        (json!({"price_id": plan}).to_string(), 400, "plan_not_supported"),
        (json!({"price_id": "price_unknown"}).to_string(), 400, "unknown_price"),
        (json!({"price_id": price, "currency": "jpy"}).to_string(), 400, "currency_mismatch"),
        (json!({"course_id": "no-such-course"}).to_string(), 400, "unknown_course"),
        (json!({"course_id": "premium"}).to_string(), 400, "unknown_course"),
        (json!({"course_id": "prompting-basics"}).to_string(), 400, "not_for_sale"),
        (course("currency", json!("dollars")), 400, "invalid_currency"),
        (course("currency", json!("jpy")), 400, "no_price_in_currency"),
        (course("amount", json!(1)), 400, "amount_mismatch"),
        (course("amount", json!(0)), 400, "amount_mismatch"),
        (course("amount", json!(PRICE_USD - 1)), 400, "amount_mismatch"),
        (course("amount", json!(-PRICE_USD)), 400, "invalid_field"),
        (course("amount", json!(49.5)), 400, "invalid_field"),
        (course("amount", json!("4900")), 400, "invalid_field"),
        (course("amount", json!(99_999_999_999_999_999_999u128 as f64)), 400, "invalid_field"),
        (course("promotion_code", json!("TEN")), 400, "invalid_field"),
        (course("success_url", json!("https://evil.example/")), 400, "invalid_field"),
        (course("user_id", json!("somebody-else")), 400, "invalid_field"),
        (course("customer", json!("cus_1")), 400, "invalid_field"),
        (course("note", json!("x".repeat(70_000))), 413, "body_too_large"),
    ];
    let mut responses = Vec::new();
    for (body, status, code) in bodies {
        let request: String = body.chars().take(80).collect();
        let response = ada.call(Method::POST, PAYMENT_INTENTS, Some(body)).await;
        responses.push(ExpectedResponse { request, response, status, code });
    }
    check_responses(&responses, 25);
    assert_eq!(app.rows_without_rates().await, before);
    assert_eq!(app.payable_intents().await, [""; 0]);
}

#[tokio::test]
async fn an_amount_that_is_not_the_catalogs_is_answered_with_both() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let refused = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE, "amount": 100})).await;
    refused.expect_problem(400, "amount_mismatch");
    assert_eq!(
        (&refused.body["amount"], &refused.body["requested_amount"], &refused.body["field"]),
        (&json!(PRICE_USD), &json!(100), &json!("amount"))
    );
    let exact = json!({"course_id": COURSE, "amount": 4_900.0});
    ada.post(PAYMENT_INTENTS, exact).await.expect(201);
}

#[tokio::test]
async fn without_a_token_there_is_no_payment_intent() {
    let app = TestApp::start().await;
    for (method, path) in [(Method::POST, PAYMENT_INTENTS.to_owned()), (Method::GET, format!("{PAYMENT_INTENTS}/pi_1"))]
    {
        app.call_without_token(method, &path, None).await.expect(401);
    }
}
