//! Shows that neither days of grace nor a paused collection open a subscription for which nothing was ever paid.

use local::Options;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

async fn start_with_grace() -> TestApp {
    TestApp::start_with(Options::ephemeral().with_variable("PAST_DUE_GRACE_DAYS", "14")).await
}

async fn start_with_paused_collection_open() -> TestApp {
    TestApp::start_with(Options::ephemeral().with_variable("PAUSED_COLLECTION_OPENS", "true")).await
}

async fn only_subscription(app: &TestApp) -> String {
    let list = app.stripe_list("/v1/subscriptions", &[]).await;
    list[0]["id"].as_str().unwrap().to_owned()
}

async fn pause_collection(app: &TestApp, subscription: &str) {
    app.update_subscription(subscription, &[("pause_collection[behavior]", "void")]).await;
}

#[tokio::test]
async fn a_first_bank_debit_that_failed_has_no_days_of_grace() {
    let app = start_with_grace().await;
    let ada = app.as_learner("ada").await;
    for round in 1..=2 {
        let intent = ada.subscribe_by_debit(premium()).await;
        assert_eq!(ada.access_reason(COURSE).await, "subscription_payment_pending", "round {round}");
        app.test_action(&format!("bank_debits/{intent}/fail")).await;
        assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due", "round {round}");
        ada.post(CANCEL, json!({})).await.expect(200);
        app.settle().await;
    }
}

/// Stripe renews it though its first period was never paid.
#[tokio::test]
async fn the_period_after_a_first_payment_that_failed_has_no_days_of_grace() {
    let app = start_with_grace().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.subscribe_by_debit(premium()).await;
    app.test_action(&format!("bank_debits/{intent}/fail")).await;
    let subscription = only_subscription(&app).await;
    app.set_card(&subscription, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let at_stripe = app.subscription_at_stripe(&subscription).await;
    assert_eq!(at_stripe["status"], "past_due", "at Stripe");
    assert_eq!(app.invoices_at_stripe(&subscription).await.len(), 2);
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
}

#[tokio::test]
async fn the_first_charge_after_a_trial_has_no_days_of_grace() {
    let app = start_with_grace().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(json!({"plan_id": "premium"})).await;
    app.set_card(&subscription, FAILING_CARD).await;
    app.advance(8 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
    app.set_card(&subscription, "visa").await;
    app.advance(20 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "a later try was paid");
}

#[tokio::test]
async fn a_renewal_that_failed_has_its_days_of_grace() {
    let app = start_with_grace().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(premium()).await;
    app.set_card(&subscription, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let access = ada.access(COURSE).await;
    assert_eq!((&access["has_access"], &access["because"]["status"]), (&json!(true), &json!("past_due")), "{access}");
    app.advance(14 * DAY).await;
    assert_eq!(ada.access(COURSE).await["has_access"], false);
}

#[tokio::test]
async fn a_paused_collection_opens_nothing_when_the_first_payment_failed() {
    let app = start_with_paused_collection_open().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.subscribe_by_debit(premium()).await;
    app.test_action(&format!("bank_debits/{intent}/fail")).await;
    let subscription = only_subscription(&app).await;
    pause_collection(&app, &subscription).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
    app.advance(32 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due", "a period later");
}

#[tokio::test]
async fn a_paused_collection_opens_nothing_after_a_trial() {
    let app = start_with_paused_collection_open().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(json!({"plan_id": "premium"})).await;
    pause_collection(&app, &subscription).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "in the trial");
    app.advance(8 * DAY).await;
    assert_eq!(app.subscription_at_stripe(&subscription).await["status"], "active", "at Stripe");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
}

#[tokio::test]
async fn a_paused_collection_goes_on_opening_what_was_paid_for_before() {
    let app = start_with_paused_collection_open().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(premium()).await;
    pause_collection(&app, &subscription).await;
    for _ in 0..2 {
        app.advance(32 * DAY).await;
        assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    }
}
