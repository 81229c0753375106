//! Shows that an invalid request about a subscription is refused with its code and changes nothing.

use local::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME, premium};
use crate::support::catalog::COURSE;
use crate::support::expected_responses::{ExpectedResponse, check_responses};

/// The table, but for when and how often the subscription was looked at.
async fn rows(app: &TestApp) -> Vec<Value> {
    let mut rows = app.rows_without_rates().await;
    for row in rows.iter_mut().filter(|row| row["SK"].as_str().unwrap().starts_with("ACCESS#SUBSCRIPTION#")) {
        row.as_object_mut().unwrap().retain(|name, _| name != "version" && name != "updated_at");
    }
    rows
}

#[tokio::test]
async fn an_invalid_request_about_a_subscription_is_refused_with_its_code_and_changes_nothing() {
    const PORTAL: &str = "/billing/portal";
    let app = TestApp::start_with(Options::ephemeral().with_variable("CALLS_PER_MINUTE", "1000")).await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let catalog = ada.get("/catalog").await.expect(200);
    let course = catalog["products"][0]["prices"][0]["price_id"].as_str().unwrap();
    let prices = catalog["plans"][2]["prices"].as_array().unwrap();
    let euros = prices.iter().find(|price| price["currency"] == "eur").unwrap()["price_id"].as_str().unwrap();
    let at_stripe = async || app.subscription_at_stripe(&id).await;
    let (before, stripe_before) = (rows(&app).await, at_stripe().await);

    let change = |field: &str, value: Value| (CHANGE, json!({"plan_id": "plus", field: value}).to_string());
    let whole = |value: Value| (CHANGE, value.to_string());
    let to = |path: &'static str, value: Value| (path, value.to_string());
    let web = &app.stack.urls().web;
    let requests: Vec<((&str, String), u16, &'static str)> = vec![
        ((CHANGE, String::new()), 400, "body_missing"),
        ((CHANGE, "{".to_owned()), 400, "malformed_json"),
        (whole(json!({})), 400, "invalid_field"),
        (whole(json!([])), 400, "invalid_field"),
        (whole(json!({"plan_id": 7})), 400, "invalid_field"),
        (whole(json!({"plan_id": ""})), 400, "unknown_plan"),
        (whole(json!({"plan_id": "no-such-plan"})), 400, "unknown_plan"),
        (whole(json!({"plan_id": COURSE})), 400, "unknown_plan"),
        (whole(json!({"plan_id": "free"})), 400, "not_for_sale"),
        (whole(json!({"plan_id": "enterprise"})), 400, "not_for_sale"),
        (whole(json!({"price_id": "price_unknown"})), 400, "unknown_price"),
        (whole(json!({"price_id": course})), 400, "not_for_sale"),
        (whole(json!({"price_id": euros})), 400, "currency_mismatch"),
        (whole(json!({"price_id": euros, "interval": "year"})), 400, "invalid_field"),
        (change("price_id", json!(euros)), 400, "invalid_field"),
        (change("interval", json!("decade")), 400, "invalid_interval"),
        (change("interval", json!("day")), 400, "no_price_in_interval"),
        (change("currency", json!("eur")), 400, "currency_mismatch"),
        (change("currency", json!("dollars")), 400, "invalid_currency"),
        (change("amount", json!(1)), 400, "invalid_field"),
        (change("quantity", json!(0)), 400, "invalid_field"),
        (change("proration_date", json!("yesterday")), 400, "invalid_field"),
        (change("proration_date", json!(1_790_000_000)), 400, "invalid_field"),
        (change("proration_date", json!("2999-01-01T00:00:00Z")), 409, "preview_expired"),
        (change("subscription_id", json!("sub_unknown")), 404, "not_found"),
        (change("subscription_id", json!("../customers/cus_1")), 404, "not_found"),
        (change("subscription_id", json!("x".repeat(5_000))), 404, "not_found"),
        (whole(json!({"plan_id": "premium"})), 409, "same_plan"),
        (change("plan", json!("x".repeat(70_000))), 413, "body_too_large"),
        (to(CANCEL, json!({"immediately": "yes"})), 400, "invalid_field"),
        (to(CANCEL, json!([true, null])), 400, "invalid_field"),
        (to(CANCEL, json!({"refund": true})), 400, "invalid_field"),
        (to(CANCEL, json!({"subscription_id": "sub_unknown"})), 404, "not_found"),
        ((CANCEL, "immediately".to_owned()), 400, "malformed_json"),
        (to(RESUME, json!({"subscription_id": 7})), 400, "invalid_field"),
        (to(RESUME, json!({"subscription_id": ""})), 404, "not_found"),
        (to(RESUME, json!({})), 409, "not_canceling"),
        (to(PORTAL, json!({"flow": "subscription_cancel"})), 400, "invalid_field"),
        (to(PORTAL, json!({"flow": {"payment_method_update": null}})), 400, "invalid_field"),
        (to(PORTAL, json!([null, null])), 400, "invalid_field"),
        (to(PORTAL, json!({"customer": "cus_1"})), 400, "invalid_field"),
        (to(PORTAL, json!({"return_url": ""})), 400, "url_not_allowed"),
        (to(PORTAL, json!({"return_url": "javascript:alert(1)"})), 400, "url_not_allowed"),
        (to(PORTAL, json!({"return_url": format!("{web}.evil.example/")})), 400, "url_not_allowed"),
    ];
    let mut responses = Vec::new();
    for ((path, body), status, code) in requests {
        let request = format!("{path} {}", body.chars().take(80).collect::<String>());
        let response = ada.call(Method::POST, path, Some(body.clone())).await;
        responses.push(ExpectedResponse { request: request.clone(), response, status, code });
        if path == CHANGE && code != "preview_expired" {
            let preview = ada.call(Method::POST, PREVIEW, Some(body)).await;
            responses.push(ExpectedResponse {
                request: format!("{request}, previewed"),
                response: preview,
                status,
                code,
            });
        }
    }
    check_responses(&responses, 70);
    assert_eq!(rows(&app).await, before);
    assert_eq!(at_stripe().await, stripe_before);
}
