//! The stack's time: moved, it moves for Stripe and for the functions alike.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::app::{COURSE, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_subscription_renews_fails_and_recovers_as_the_months_go_by() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let subscription = app.subscribe(&ada, &json!({"plan_id": "premium", "trial_days": 0})).await;
    let path = format!("/v1/subscriptions/{subscription}");
    let until = app.access(&ada, COURSE).await["until"].as_str().unwrap().to_owned();

    app.advance(32 * DAY).await;
    let renewed = app.access(&ada, COURSE).await;
    assert_eq!(renewed["has_access"], true, "{renewed}");
    assert!(renewed["until"].as_str().unwrap() > until.as_str(), "{renewed}");

    let customer = app.stripe(Method::GET, &path, &[]).await.expect(200)["customer"].as_str().unwrap().to_owned();
    for (card, days, opens) in [("chargeCustomerFail", 31, false), ("visa", 3, true)] {
        let attach = format!("/v1/payment_methods/pm_card_{card}/attach");
        let card = app.stripe(Method::POST, &attach, &[("customer", &customer)]).await.expect(200);
        let form = [("default_payment_method", card["id"].as_str().unwrap())];
        app.stripe(Method::POST, &path, &form).await.expect(200);
        app.advance(days * DAY).await;
        let access = app.access(&ada, COURSE).await;
        assert_eq!(access["has_access"], opens, "{access}");
    }
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn access_ends_with_the_time_when_stripe_says_nothing() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &json!({"plan_id": "premium", "trial_days": 0})).await;
    app.hold();
    app.advance(40 * DAY).await;
    assert_eq!(app.access(&ada, COURSE).await["has_access"], false);
}
