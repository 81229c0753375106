//! A membership as the months go by: renewals, failed payments, trials and the day it ends, on the moved clock.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{COURSE, Learner, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn monthly() -> Value {
    json!({"plan_id": "premium", "interval": "month", "trial_days": 0})
}

/// The subscription is charged to this test card from now on: `visa` pays, `chargeCustomerFail` does not.
pub(crate) async fn charge_to(app: &TestApp, subscription: &str, card: &str) {
    let path = format!("/v1/subscriptions/{subscription}");
    let customer = app.stripe(Method::GET, &path, &[]).await.expect(200)["customer"].as_str().unwrap().to_owned();
    let attach = format!("/v1/payment_methods/pm_card_{card}/attach");
    let method = app.stripe(Method::POST, &attach, &[("customer", &customer)]).await.expect(200);
    let form = [("default_payment_method", method["id"].as_str().unwrap())];
    app.stripe(Method::POST, &path, &form).await.expect(200);
    app.settle().await;
}

async fn standing(app: &TestApp, learner: &Learner) -> Value {
    app.get(learner, "/billing/subscription").await.expect(200)
}

#[tokio::test]
async fn a_membership_renews_fails_recovers_and_ends_on_its_day() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let subscription = app.subscribe(&ada, &monthly()).await;

    let mut until = app.access(&ada, COURSE).await["until"].as_str().unwrap().to_owned();
    for renewal in 1..=3 {
        app.advance(31 * DAY).await;
        let access = app.access(&ada, COURSE).await;
        assert_eq!(access["has_access"], true, "renewal {renewal}: {access}");
        let next = access["until"].as_str().unwrap().to_owned();
        assert!(next > until, "renewal {renewal}: {next}");
        until = next;
    }
    assert_eq!(app.rows_of("USER#", "INVOICE#").await.len(), 4);

    charge_to(&app, &subscription, "chargeCustomerFail").await;
    app.advance(31 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due");
    let banner = standing(&app, &ada).await;
    assert_eq!((&banner["status"], &banner["has_access"]), (&json!("past_due"), &json!(false)));
    assert_eq!(banner["payment_problem"]["kind"], "payment_failed", "{banner}");

    charge_to(&app, &subscription, "visa").await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due", "Stripe has not tried again yet");
    app.advance(5 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    assert_eq!(standing(&app, &ada).await["payment_problem"], Value::Null);

    app.post(&ada, "/billing/subscription/cancel", &json!({})).await.expect(200);
    app.settle().await;
    let leaving = standing(&app, &ada).await;
    assert_eq!((&leaving["has_access"], &leaving["cancel_at_period_end"]), (&json!(true), &json!(true)));
    app.advance(20 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "it was paid until the end of the period");
    app.advance(20 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_membership_that_will_not_be_renewed_ends_on_its_day_even_if_stripe_says_nothing() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &monthly()).await;
    app.post(&ada, "/billing/subscription/cancel", &json!({})).await.expect(200);
    app.settle().await;
    app.hold();
    app.advance(32 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
}

#[tokio::test]
async fn a_trial_becomes_a_paid_month() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    let trial = standing(&app, &ada).await;
    assert_eq!((&trial["status"], &trial["has_access"]), (&json!("trialing"), &json!(true)));
    assert!(trial["trial_end"].is_string());

    app.advance(8 * DAY).await;
    let paid = standing(&app, &ada).await;
    assert_eq!((&paid["status"], &paid["has_access"]), (&json!("active"), &json!(true)));
    assert_eq!(paid["trial_end"], trial["trial_end"], "it is remembered: there is one");
    assert_eq!(app.events("customer.subscription.trial_will_end").await.len(), 1);
}

#[tokio::test]
async fn a_trial_that_is_canceled_ends_with_its_last_day_and_costs_nothing() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    app.post(&ada, "/billing/subscription/cancel", &json!({})).await.expect(200);
    app.advance(6 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    app.advance(2 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
    let charged: i64 = app.rows_of("USER#", "INVOICE#").await.iter().map(|row| row["paid"].as_i64().unwrap()).sum();
    assert_eq!(charged, 0);
}

#[tokio::test]
async fn a_trial_whose_card_fails_closes_when_it_ends() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let subscription = app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    charge_to(&app, &subscription, "chargeCustomerFail").await;
    app.advance(8 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due");
    // Stripe gives up after its last retry.
    app.advance(30 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
}

#[tokio::test]
async fn an_immediate_cancel_closes_at_once() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &monthly()).await;
    app.post(&ada, "/billing/subscription/cancel", &json!({"immediately": true})).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended", "before any webhook");
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
}
