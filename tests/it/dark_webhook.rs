//! What happened while no webhook was delivered: whoever looks first after that sees Stripe as it is now, not as it was when
//! the buyer paid.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{COURSE, PAYS, TestApp};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_return_page_sees_a_refund_that_nobody_heard_of() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (intent, completed) = app.pay_unheard(&ada, COURSE).await;
    app.refund(&intent, &[]).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();
    app.return_page(&ada, session).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
}

#[tokio::test]
async fn a_return_page_opens_what_was_paid_and_kept() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();
    assert_eq!(app.return_page(&ada, session).await.expect(200)["fulfilled"], true);
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn an_old_event_that_is_delivered_by_hand_is_not_believed_but_looked_after() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (intent, completed) = app.pay_unheard(&ada, COURSE).await;
    app.refund(&intent, &[]).await;
    app.advance(2 * HOUR).await;
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");

    // A dispute, and the other event of a payment.
    let grace = app.learner("grace@example.com").await;
    let (intent, _) = app.pay_unheard(&grace, COURSE).await;
    app.dispute(&intent, "chargeback").await;
    let succeeded = app.events("payment_intent.succeeded").await.pop().unwrap();
    app.advance(2 * HOUR).await;
    assert_eq!(app.deliver(&succeeded).await.expect(200)["outcome"], "applied");
    assert_eq!(app.reason(&grace, COURSE).await, "disputed");
}

#[tokio::test]
async fn a_trial_that_was_canceled_while_nobody_heard_stays_closed() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &json!({"plan_id": "premium"})).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    let created: Value = app.events("customer.subscription.created").await.pop().unwrap();
    let id = created["data"]["object"]["id"].as_str().unwrap();
    app.stripe(Method::DELETE, &format!("/v1/subscriptions/{id}"), &[]).await.expect(200);
    app.advance(2 * HOUR).await;
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
}
