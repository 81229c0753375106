//! Shows what an assistant does for a learner: a purchase, a subscription, and everything that can go wrong with them.

use local::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::hosted_page::Checkout;

#[tokio::test]
async fn a_course_is_sold_in_a_conversation() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let course = json!({"course_id": COURSE});
    let catalog = ada.call_tool("show_catalog", json!({})).await.success();
    assert!(catalog["courses"].as_array().unwrap().iter().any(|listed| listed["id"] == COURSE), "{catalog}");
    let access = ada.call_tool("check_course_access", course.clone()).await.success();
    assert_eq!((&access["has_access"], &access["because"]["reason"]), (&json!(false), &json!("not_purchased")));

    let opened = ada.call_tool("create_checkout_session", course.clone()).await.success();
    let again = ada.call_tool("create_checkout_session", course.clone()).await.success();
    assert_eq!(again, opened, "asking again opens no second page");
    let session = json!({"session_id": opened["session_id"]});
    let open = ada.call_tool("show_checkout_session", session.clone()).await.success();
    assert_eq!((&open["status"], &open["fulfilled"]), (&json!("open"), &json!(false)));

    assert_eq!(app.pay(&Checkout::of_answer(&opened), VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    let paid = ada.call_tool("show_checkout_session", session).await.success();
    assert_eq!(paid, json!({"status": "complete", "payment_status": "paid", "fulfilled": true}));
    assert_eq!(ada.call_tool("check_course_access", course.clone()).await.success(), ada.access(COURSE).await);
    let entitlements = ada.call_tool("list_entitlements", json!({"limit": 1})).await.success();
    assert_eq!(
        (&entitlements["items"][0]["product"], &entitlements["items"][0]["has_access"]),
        (&json!(COURSE), &json!(true))
    );
    ada.call_tool("create_checkout_session", course).await.problem(409, "already_owned");
}

#[tokio::test]
async fn a_subscriber_sees_the_plan_the_usage_and_the_portal() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.call_tool("show_subscription", json!({})).await.success()["status"], Value::Null);
    ada.call_tool("open_billing_portal", json!({})).await.problem(404, "no_customer");

    ada.subscribe(premium()).await;
    let subscription = ada.call_tool("show_subscription", json!({})).await.success();
    assert_eq!(subscription, ada.subscription().await);
    let usage = ada.call_tool("show_usage", json!({})).await.success();
    assert_eq!(usage, ada.get("/usage").await.expect(200));
    let counted = ada.call_tool("consume_usage", json!({"meter": "ai_minutes", "quantity": 2})).await.success();
    assert_eq!((&counted["used"], &counted["limit"]), (&json!(2), &usage["meters"]["ai_minutes"]["limit"]));
    let portal = ada.call_tool("open_billing_portal", json!({"flow": "payment_method_update"})).await.success();
    assert!(portal["url"].as_str().unwrap().starts_with(&app.stack.urls().stripe), "{portal}");
}

#[tokio::test]
async fn a_problem_of_the_api_is_a_result_that_says_so() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let unknown = ada.call_tool("create_checkout_session", json!({"course_id": "unheard-of"})).await;
    let unknown = unknown.problem(400, "unknown_course");
    let direct = ada.post("/checkout/sessions", json!({"course_id": "unheard-of"})).await.body;
    let told = ["type", "title", "status", "code", "detail", "field"];
    assert!(told.iter().all(|member| unknown[member] == direct[member]), "{unknown} {direct}");
    assert!(unknown["request_id"].as_str().is_some_and(|id| !id.is_empty()), "the request in the logs: {unknown}");
    assert_eq!(unknown.get("retry_after"), None, "to try again is of no use");
    let wrong = ada.call_tool("create_checkout_session", json!({"course_id": COURSE, "currency": 7})).await;
    assert_eq!(wrong.problem(400, "invalid_field")["field"], "currency");
    ada.call_tool("check_course_access", json!({"course_id": "unheard-of"})).await.problem(404, "not_found");
    ada.call_tool("list_entitlements", json!({"limit": 0})).await.problem(400, "invalid_limit");
}

#[tokio::test]
async fn the_limits_of_the_routes_hold_and_say_when_to_try_again() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CHECKOUTS_PER_MINUTE", "1")).await;
    let ada = app.as_learner("ada").await;
    ada.call_tool("create_checkout_session", json!({"course_id": COURSE})).await.success();
    let refused = ada.call_tool("create_checkout_session", json!({"course_id": "fine-tuning"})).await;
    let refused = refused.problem(429, "rate_limited");
    assert!(refused["retry_after"].as_u64().is_some_and(|seconds| (1..=60).contains(&seconds)), "{refused}");
}

#[tokio::test]
async fn arguments_that_the_tool_does_not_take_reach_no_route() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let before = app.rows_without_rates().await;
    for (tool, arguments, field) in [
        ("show_catalog", json!({"currency": "usd"}), "currency"),
        ("check_course_access", json!({}), "course_id"),
        ("check_course_access", json!({"course_id": 7}), "course_id"),
        ("create_checkout_session", json!({"course_id": COURSE, "amount": 1}), "amount"),
        ("create_checkout_session", json!({"course_id": COURSE, "success_url": "https://evil.example"}), "success_url"),
    ] {
        assert_eq!(ada.call_tool(tool, arguments).await.problem(400, "invalid_field")["field"], field);
    }
    for id in ["../catalog", "..", "a/b?c", ""] {
        ada.call_tool("check_course_access", json!({"course_id": id})).await.problem(404, "not_found");
    }
    assert_eq!(app.rows_without_rates().await, before);
}

#[tokio::test]
async fn an_api_that_does_not_answer_is_a_result_that_says_when_to_try_again() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("API_BASE_URL", "http://127.0.0.1:9")).await;
    let ada = app.as_learner("ada").await;
    let refused = ada.call_tool("show_catalog", json!({})).await.problem(503, "api_unavailable");
    assert_eq!(refused["retry_after"], 1);
}
