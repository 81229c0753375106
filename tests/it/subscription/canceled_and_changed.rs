//! Shows that a change of a canceled subscription gives all the time that it charges: the end moves with the period.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, plus, premium};
use crate::support::catalog::{CATALOG_YAML, COURSE};
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// What was paid of the subscription's invoices, the newest first.
async fn paid(app: &TestApp, subscription: &str) -> Vec<i64> {
    let invoices = app.invoices_at_stripe(subscription).await;
    invoices.iter().map(|invoice| invoice["amount_paid"].as_i64().unwrap()).filter(|amount| *amount > 0).collect()
}

/// A stack whose plan Plus has a trial that is shorter than Premium's.
async fn with_a_shorter_trial() -> TestApp {
    let yaml = CATALOG_YAML.replace("    name: Plus\n", "    name: Plus\n    trial_days: 3\n");
    TestApp::start_with_catalog(&yaml).await
}

/// Subscribes and cancels with the period.
async fn subscribe_and_cancel(ada: &Learner, request: Value) -> String {
    let id = ada.subscribe(request).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    id
}

/// Panics unless the subscription ends with the period that it has now.
fn check_ends_with_period(shown: &Value) {
    let end = &shown["current_period_end"];
    assert_eq!((&shown["cancel_at"], &shown["until"]), (end, end), "{shown}");
    assert_eq!(shown["cancel_at_period_end"], true, "{shown}");
}

#[tokio::test]
async fn a_canceled_subscription_that_is_changed_to_a_year_lasts_for_the_year() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = subscribe_and_cancel(&ada, premium()).await;
    let changed = ada.change_plan(json!({"plan_id": "plus", "interval": "year"})).await;
    check_ends_with_period(&changed);
    let charged = paid(&app, &id).await;
    assert_eq!(charged.len(), 2, "{charged:?}");

    app.advance(40 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "the year was paid for");
    check_ends_with_period(&ada.subscription().await);
    app.advance(330 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    assert_eq!(paid(&app, &id).await, charged, "nothing more is charged");
}

#[tokio::test]
async fn a_canceled_subscription_that_is_upgraded_ends_with_the_same_month() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = subscribe_and_cancel(&ada, premium()).await;
    let end = ada.subscription().await["current_period_end"].clone();
    let changed = ada.change_plan(plus()).await;
    check_ends_with_period(&changed);
    assert_eq!(changed["current_period_end"], end);
    app.advance(32 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    assert_eq!(paid(&app, &id).await, [2_000, 1_900]);
}

#[tokio::test]
async fn a_canceled_trial_that_a_change_ends_lasts_for_the_month_that_it_charges() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = subscribe_and_cancel(&ada, json!({"plan_id": "premium"})).await;
    let changed = ada.change_plan(plus()).await;
    check_ends_with_period(&changed);
    assert_eq!(paid(&app, &id).await, [3_900]);
    app.advance(10 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "the month was paid for");
    app.advance(22 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    assert_eq!(paid(&app, &id).await, [3_900]);
}

#[tokio::test]
async fn a_canceled_trial_that_a_change_shortens_is_never_charged() {
    let app = with_a_shorter_trial().await;
    let ada = app.as_learner("ada").await;
    let id = subscribe_and_cancel(&ada, json!({"plan_id": "premium"})).await;
    let changed = ada.change_plan(plus()).await;
    check_ends_with_period(&changed);
    assert_eq!(changed["current_period_end"], changed["trial_end"]);
    app.advance(4 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    app.advance(10 * DAY).await;
    assert_eq!(paid(&app, &id).await, [] as [i64; 0]);
}

/// A day stays where it is, so what would be charged beyond it is refused.
#[tokio::test]
async fn a_trial_that_ends_on_a_day_is_not_changed_to_what_is_charged_before_that_day() {
    let app = with_a_shorter_trial().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "premium"})).await;
    let trial_end = app.subscription_at_stripe(&id).await["trial_end"].to_string();
    app.update_subscription(&id, &[("cancel_at", &trial_end)]).await;
    for route in [CHANGE, PREVIEW] {
        ada.post(route, plus()).await.expect_problem(409, "subscription_ending");
    }
    // It ends with the trial, so nothing is ever charged.
    let changed = ada.change_plan(json!({"plan_id": "premium", "interval": "year"})).await;
    assert_eq!((&changed["interval"], &changed["status"]), (&json!("year"), &json!("trialing")));
    app.advance(8 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    assert_eq!(paid(&app, &id).await, [] as [i64; 0]);
}
