//! Shows that the time of the stack advances for Stripe and for the functions alike.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

#[tokio::test]
async fn a_subscription_renews_fails_and_recovers_as_the_time_advances() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(json!({"plan_id": "premium", "trial_days": 0})).await;
    let path = format!("/v1/subscriptions/{subscription}");
    let until = ada.access(COURSE).await["until"].as_str().unwrap().to_owned();

    app.advance(32 * DAY).await;
    let renewed = ada.access(COURSE).await;
    assert_eq!(renewed["has_access"], true, "{renewed}");
    assert!(renewed["until"].as_str().unwrap() > until.as_str(), "{renewed}");

    let customer = app.stripe_get(&path).await["customer"].as_str().unwrap().to_owned();
    for (card, days, opens) in [(FAILING_CARD, 31, false), ("visa", 3, true)] {
        let attach = format!("/v1/payment_methods/pm_card_{card}/attach");
        let card = app.stripe_post(&attach, &[("customer", &customer)]).await;
        let form = [("default_payment_method", card["id"].as_str().unwrap())];
        app.stripe_post(&path, &form).await;
        app.advance(days * DAY).await;
        let access = ada.access(COURSE).await;
        assert_eq!(access["has_access"], opens, "{access}");
    }
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn access_ends_as_the_time_advances_even_without_a_webhook() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(json!({"plan_id": "premium", "trial_days": 0})).await;
    app.hold_webhooks();
    app.advance(40 * DAY).await;
    assert_eq!(ada.access(COURSE).await["has_access"], false);
}
