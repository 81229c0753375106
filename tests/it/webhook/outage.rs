//! Shows that after a time without webhooks the current state at Stripe counts, not that of an old event.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::time::HOUR;

#[tokio::test]
async fn the_return_page_finds_a_refund_that_no_webhook_reported() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (intent, completed) = ada.buy_without_webhooks(COURSE).await;
    app.refund(&intent, &[]).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();
    ada.return_page(session).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}

#[tokio::test]
async fn the_return_page_opens_a_course_that_was_paid_for() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();
    assert_eq!(ada.return_page(session).await.expect(200)["fulfilled"], true);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn the_object_of_an_old_event_is_fetched() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (intent, completed) = ada.buy_without_webhooks(COURSE).await;
    app.refund(&intent, &[]).await;
    app.advance(2 * HOUR).await;
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(ada.access_reason(COURSE).await, "refunded");

    // The same with a dispute, and the other event of a payment.
    let grace = app.as_learner("grace").await;
    let (intent, _) = grace.buy_without_webhooks(COURSE).await;
    app.dispute(&intent, "chargeback").await;
    let succeeded = app.last_event("payment_intent.succeeded").await;
    app.advance(2 * HOUR).await;
    assert_eq!(app.deliver(&succeeded).await.expect(200)["outcome"], "applied");
    assert_eq!(grace.access_reason(COURSE).await, "disputed");
}

#[tokio::test]
async fn a_trial_that_was_canceled_without_a_webhook_stays_closed() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(json!({"plan_id": "premium"})).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    let created: Value = app.last_event("customer.subscription.created").await;
    let id = created["data"]["object"]["id"].as_str().unwrap();
    app.stripe_delete(&format!("/v1/subscriptions/{id}")).await;
    app.advance(2 * HOUR).await;
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
}
