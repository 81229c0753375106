//! Shows that an invalid checkout is refused with its code and writes nothing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::expected_responses::{ExpectedResponse, check_responses};

#[tokio::test]
async fn an_invalid_checkout_is_refused_with_its_code_and_writes_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let catalog = ada.get("/catalog").await.expect(200);
    let price = catalog["products"][0]["prices"][0]["price_id"].as_str().unwrap().to_owned();
    let plan = &catalog["plans"][1]["prices"][0]["price_id"];
    let before = app.rows_without_rates().await;

    let long = "x".repeat(70_000);
    let course = |field: &str, value: Value| json!({"course_id": COURSE, field: value}).to_string();
    let bodies: Vec<(String, u16, &'static str)> = vec![
        (String::new(), 400, "body_missing"),
        ("   \n".to_owned(), 400, "body_missing"),
        ("{".to_owned(), 400, "malformed_json"),
        ("course_id=vector-search".to_owned(), 400, "malformed_json"),
        ("{\"course_id\": \"vector-search\"} {}".to_owned(), 400, "malformed_json"),
        ("{\"course_id\": \"\u{1}\"}".to_owned(), 400, "malformed_json"),
        ("null".to_owned(), 400, "invalid_field"),
        ("[]".to_owned(), 400, "invalid_field"),
        ("\"vector-search\"".to_owned(), 400, "invalid_field"),
        ("{}".to_owned(), 400, "invalid_field"),
        (json!({"course_id": 7}).to_string(), 400, "invalid_field"),
        (json!({"course_id": null}).to_string(), 400, "invalid_field"),
        (json!({"course_id": ["vector-search"]}).to_string(), 400, "invalid_field"),
        (json!({"course_id": COURSE, "price_id": price}).to_string(), 400, "invalid_field"),
        (course("amount", json!(1)), 400, "invalid_field"),
        (course("amount", json!(-4_900)), 400, "invalid_field"),
        (course("quantity", json!(99_999_999_999_999_999_999u128 as f64)), 400, "invalid_field"),
        (course("user_id", json!("somebody-else")), 400, "invalid_field"),
        (course("currency", json!(840)), 400, "invalid_field"),
        (course("currency", json!("dollars")), 400, "invalid_currency"),
        (course("currency", json!("")), 400, "invalid_currency"),
        (course("currency", json!("jpy")), 400, "no_price_in_currency"),
        (json!({"course_id": "no-such-course"}).to_string(), 400, "unknown_course"),
        (json!({"course_id": ""}).to_string(), 400, "unknown_course"),
        (json!({"course_id": "../admin"}).to_string(), 400, "unknown_course"),
        (json!({"course_id": "prompting-basics"}).to_string(), 400, "not_for_sale"),
        (json!({"price_id": plan, "course_id": COURSE}).to_string(), 400, "invalid_field"),
        (json!({"price_id": plan, "trial_days": 8}).to_string(), 400, "invalid_trial"),
        (json!({"price_id": plan, "interval": "month"}).to_string(), 400, "invalid_field"),
        (course("trial_days", json!(1)), 400, "invalid_field"),
        (course("interval", json!("month")), 400, "invalid_field"),
        (course("plan_id", json!("premium")), 400, "invalid_field"),
        (json!({"plan_id": "no-such-plan"}).to_string(), 400, "unknown_plan"),
        (json!({"plan_id": COURSE}).to_string(), 400, "unknown_plan"),
        (json!({"course_id": "premium"}).to_string(), 400, "unknown_course"),
        (json!({"plan_id": "free"}).to_string(), 400, "not_for_sale"),
        (json!({"plan_id": "enterprise"}).to_string(), 400, "not_for_sale"),
        (json!({"plan_id": "premium", "interval": "fortnight"}).to_string(), 400, "invalid_interval"),
        (json!({"plan_id": "premium", "interval": "week"}).to_string(), 400, "no_price_in_interval"),
        (json!({"plan_id": "premium", "currency": "jpy"}).to_string(), 400, "no_price_in_currency"),
        (json!({"plan_id": "premium", "trial_days": 8}).to_string(), 400, "invalid_trial"),
        (json!({"plan_id": "premium", "trial_days": 8.0}).to_string(), 400, "invalid_trial"),
        (json!({"plan_id": "premium", "trial_days": -1}).to_string(), 400, "invalid_field"),
        (json!({"plan_id": "premium", "trial_days": 1.5}).to_string(), 400, "invalid_field"),
        (json!({"course_id": "premium"}).to_string(), 400, "unknown_course"),
        (json!({"price_id": "price_unknown"}).to_string(), 400, "unknown_price"),
        (json!({"price_id": "x".repeat(5_000)}).to_string(), 400, "unknown_price"),
        (json!({"price_id": price, "currency": "jpy"}).to_string(), 400, "currency_mismatch"),
        (course("success_url", json!("https://evil.example/")), 400, "url_not_allowed"),
        (course("success_url", json!("javascript:alert(1)")), 400, "url_not_allowed"),
        (course("success_url", json!("/relative")), 400, "url_not_allowed"),
        (course("success_url", json!(format!("{}.evil.example/", app.stack.urls().web))), 400, "url_not_allowed"),
        (course("cancel_url", json!(format!("{}@evil.example/", app.stack.urls().web))), 400, "url_not_allowed"),
        (course("cancel_url", json!("")), 400, "url_not_allowed"),
        (course("promotion_code", json!("")), 400, "invalid_promotion_code"),
        (course("promotion_code", json!("50%OFF&x=y")), 400, "invalid_promotion_code"),
        (course("promotion_code", json!("X".repeat(201))), 400, "invalid_promotion_code"),
        (course("promotion_code", json!(50)), 400, "invalid_field"),
        (course("promotion_code", json!(long)), 413, "body_too_large"),
    ];
    let mut responses = Vec::new();
    for (body, status, code) in bodies {
        let request: String = body.chars().take(80).collect();
        let response = ada.call(Method::POST, "/checkout/sessions", Some(body)).await;
        responses.push(ExpectedResponse { request, response, status, code });
    }
    check_responses(&responses, 43);
    assert_eq!(app.rows_without_rates().await, before);
}
