//! Shows a subscription as the months go by: renewals, failed payments, the end of a trial, and the day it ends.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

#[tokio::test]
async fn a_subscription_renews_fails_recovers_and_ends_when_canceled() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(premium()).await;

    let mut until = ada.access(COURSE).await["until"].as_str().unwrap().to_owned();
    for renewal in 1..=3 {
        app.advance(31 * DAY).await;
        let access = ada.access(COURSE).await;
        assert_eq!(access["has_access"], true, "renewal {renewal}: {access}");
        let next = access["until"].as_str().unwrap().to_owned();
        assert!(next > until, "renewal {renewal}: {next}");
        until = next;
    }
    assert_eq!(app.rows_of("USER#", "INVOICE#").await.len(), 4);

    app.set_card(&subscription, FAILING_CARD).await;
    app.advance(31 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
    let failed = ada.subscription().await;
    assert_eq!((&failed["status"], &failed["has_access"]), (&json!("past_due"), &json!(false)));
    assert_eq!(failed["payment_problem"]["kind"], "payment_failed", "{failed}");

    app.set_card(&subscription, "visa").await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due", "Stripe has not tried again yet");
    app.advance(5 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    assert_eq!(ada.subscription().await["payment_problem"], Value::Null);

    ada.post(CANCEL, json!({})).await.expect(200);
    app.settle().await;
    let canceled = ada.subscription().await;
    assert_eq!((&canceled["has_access"], &canceled["cancel_at_period_end"]), (&json!(true), &json!(true)));
    app.advance(20 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "it was paid until the end of the period");
    app.advance(20 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_canceled_subscription_ends_on_its_day_even_without_a_webhook() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    app.settle().await;
    app.hold_webhooks();
    app.advance(32 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
}

#[tokio::test]
async fn a_trial_becomes_a_paid_month() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(json!({"plan_id": "premium"})).await;
    let trial = ada.subscription().await;
    assert_eq!((&trial["status"], &trial["has_access"]), (&json!("trialing"), &json!(true)));
    assert!(trial["trial_end"].is_string());

    app.advance(8 * DAY).await;
    let paid = ada.subscription().await;
    assert_eq!((&paid["status"], &paid["has_access"]), (&json!("active"), &json!(true)));
    assert_eq!(paid["trial_end"], trial["trial_end"], "it is kept: a learner has one trial");
    assert_eq!(app.events("customer.subscription.trial_will_end").await.len(), 1);
}

#[tokio::test]
async fn a_canceled_trial_ends_on_its_last_day_and_costs_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(json!({"plan_id": "premium"})).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    app.advance(6 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    app.advance(2 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    let charged: i64 = app.rows_of("USER#", "INVOICE#").await.iter().map(|row| row["paid"].as_i64().unwrap()).sum();
    assert_eq!(charged, 0);
}

#[tokio::test]
async fn a_trial_whose_card_fails_closes_when_it_ends() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(json!({"plan_id": "premium"})).await;
    app.set_card(&subscription, FAILING_CARD).await;
    app.advance(8 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
    // Stripe gives up after its last retry.
    app.advance(30 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
}

#[tokio::test]
async fn an_immediate_cancellation_closes_at_once() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended", "before any webhook");
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
}
