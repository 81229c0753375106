//! Shows that money which went back is not credited again by a change.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CHANGE, PREVIEW, plus, premium};
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// Panics unless the change waits for the end of the period, and is made then.
async fn check_waits(app: &TestApp, ada: &Learner, request: &Value, price: i64) {
    let before = ada.subscription().await;
    let end = &before["current_period_end"];
    let preview = ada.post(PREVIEW, request).await.expect(200);
    assert_eq!((&preview["takes_effect_at"], &preview["amount_due"]), (end, &json!(0)), "{preview}");
    let changed = ada.change_plan(request).await;
    assert_eq!(changed["scheduled_change"]["at"], *end, "{changed}");
    assert_eq!((&changed["plan"], &changed["interval"]), (&before["plan"], &before["interval"]));
    assert_eq!(changed["next_invoice_amount"], price, "the whole price");
    let id = changed["subscription_id"].as_str().unwrap();
    app.advance(32 * DAY).await;
    assert_eq!(app.invoices_at_stripe(id).await[0]["amount_paid"], price);
}

#[tokio::test]
async fn after_a_refund_of_the_period_an_upgrade_waits_for_its_end() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let intent = app.last_payment_intent("payment_intent.succeeded").await;
    app.refund(&intent, &[("amount", "1800")]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "a dollar of it was kept");
    ada.post(CHANGE, json!({"plan_id": "premium"})).await.expect_problem(409, "same_plan");
    check_waits(&app, &ada, &plus(), 3_900).await;
    // The next period is untouched.
    let changed = ada.change_plan(json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!(changed["interval"], "year");
}

#[tokio::test]
async fn after_a_refund_of_a_change_another_change_waits_for_the_periods_end() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.change_plan(plus()).await;
    app.settle().await;
    let intent = app.last_payment_intent("payment_intent.succeeded").await;
    app.refund(&intent, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    check_waits(&app, &ada, &json!({"plan_id": "plus", "interval": "year"}), 39_000).await;
}

/// The webhook of the refund may be late.
#[tokio::test]
async fn a_refund_that_no_webhook_reported_is_noticed_by_the_change() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.change_plan(plus()).await;
    app.settle().await;
    let intent = app.last_payment_intent("payment_intent.succeeded").await;
    app.hold_webhooks();
    app.stripe_post("/v1/refunds", &[("payment_intent", &intent)]).await;
    let changed = ada.change_plan(json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!(changed["scheduled_change"]["interval"], "year", "{changed}");
}

#[tokio::test]
async fn a_refund_that_failed_or_is_of_an_earlier_period_delays_no_change() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let first = app.last_payment_intent("payment_intent.succeeded").await;
    app.advance(32 * DAY).await;
    app.refund(&first, &[]).await;
    let second = app.last_payment_intent("payment_intent.succeeded").await;
    let refund = app.refund(&second, &[("amount", "900")]).await;
    assert!(ada.post(PREVIEW, plus()).await.expect(200)["takes_effect_at"].is_string());
    app.test_action(&format!("refunds/{refund}/fail")).await;
    let changed = ada.change_plan(plus()).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]), (&json!("plus"), &Value::Null));
}
