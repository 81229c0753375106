//! Shows that an approval which could not be carried out is carried out by `reconcile`, and never twice.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::{Fault, KeyFault};
use crate::support::time::{DAY, MINUTE};

#[tokio::test]
async fn an_approval_whose_process_crashed_is_carried_out_by_the_next_run() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    stripe.reset();
    // The payment's state takes two calls, and the approval is written after them.
    stripe.inject(Fault::CrashBefore(3));
    olga.approve(&request, json!({})).await.expect_problem(503, "stripe_unavailable");
    stripe.reset();
    assert_eq!(ada.request_status(&intent).await, "approved");
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 0);
    app.advance(10 * MINUTE).await;
    for refunded in [1, 0] {
        assert_eq!(app.stack.reconcile().await.unwrap().refunded, refunded);
        app.settle().await;
        assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1);
        assert_eq!(ada.request_status(&intent).await, "refunded");
    }
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}

#[tokio::test]
async fn a_refund_on_its_way_is_not_made_again() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    app.hold_webhooks();
    olga.approve(&request, json!({"amount": 1_000})).await.expect(200);
    app.stack.stand_in().unwrap().advance(10 * MINUTE).unwrap();
    assert_eq!(app.stack.reconcile().await.unwrap().refunded, 0);
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1);
}

#[tokio::test]
async fn a_key_without_the_permission_loses_no_refund() {
    for status in [401, 403] {
        let (app, stripe) = TestApp::start_with_stripe_proxy().await;
        let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
        let intent = ada.buy(COURSE).await;
        let request = ada.refund_request(&intent).await;
        stripe.inject_into("POST /v1/refunds", KeyFault::Refuses(status));
        olga.approve(&request, json!({})).await.expect_problem(502, "stripe_refused");
        assert_eq!(ada.request_status(&intent).await, "approved", "{status}");
        stripe.reset();
        app.advance(10 * MINUTE).await;
        assert_eq!(app.stack.reconcile().await.unwrap().refunded, 1, "{status}");
        app.settle().await;
        assert_eq!(ada.request_status(&intent).await, "refunded", "{status}");
    }
}

#[tokio::test]
async fn what_is_carried_out_after_a_renewal_does_not_end_the_new_period() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let id = ada.subscribe(premium()).await;
    let invoice = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    let request = ada.refund_request(&invoice).await;
    stripe.inject_into(&format!("DELETE /v1/subscriptions/{id}"), KeyFault::Refuses(403));
    olga.approve(&request, json!({})).await.expect_problem(502, "stripe_refused");
    stripe.reset();
    app.advance(32 * DAY).await;
    app.stack.reconcile().await.unwrap();
    app.settle().await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "active", "its new period was paid for");
    assert_eq!(ada.request_status(&invoice).await, "refunded");
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_dispute_since_the_approval_ends_no_subscription() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let id = ada.subscribe(premium()).await;
    let intent = app.last_payment_intent("payment_intent.succeeded").await;
    let invoice = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    let request = ada.refund_request(&invoice).await;
    stripe.inject_into(&format!("DELETE /v1/subscriptions/{id}"), KeyFault::Refuses(403));
    olga.approve(&request, json!({})).await.expect_problem(502, "stripe_refused");
    stripe.reset();
    app.dispute(&intent, "chargeback").await;
    app.advance(10 * MINUTE).await;
    app.stack.reconcile().await.unwrap();
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "active");
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 0);
    assert_eq!(ada.request_status(&invoice).await, "refund_failed");
}
