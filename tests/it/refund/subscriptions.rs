//! Shows refunds of a subscription's invoices: the running period's full refund ends the subscription first.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

#[tokio::test]
async fn a_full_refund_of_the_running_period_cancels_the_subscription_first() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let id = ada.subscribe(premium()).await;
    let invoice = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    let request = ada.refund_request(&invoice).await;
    stripe.reset();
    let approved = olga.approve(&request, json!({})).await.expect(200);
    assert_eq!(approved["approval"]["canceled_subscription_id"], id);
    let calls = stripe.calls();
    let position = |call: &str| calls.iter().position(|one| one == call).expect("the call");
    assert!(position(&format!("DELETE /v1/subscriptions/{id}")) < position("POST /v1/refunds"), "{calls:?}");
    app.settle().await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "canceled");
    assert_eq!(ada.request_status(&invoice).await, "refunded");
    assert_eq!(ada.payment(&invoice).await["status"], "refunded");
    assert_eq!(ada.access(COURSE).await["has_access"], false);
    assert_eq!(app.failures().await, []);
    app.advance(40 * DAY).await;
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 1, "nothing more is charged");
}

#[tokio::test]
async fn a_part_and_an_earlier_period_leave_the_subscription_alone() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let id = ada.subscribe(premium()).await;
    let first = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    let earlier = ada.refund_request(&first).await;
    app.advance(32 * DAY).await;
    let second = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    let running = ada.refund_request(&second).await;
    for (request, body) in [(&earlier, json!({})), (&running, json!({"amount": 500}))] {
        let approved = olga.approve(request, body).await.expect(200);
        assert_eq!(approved["approval"]["canceled_subscription_id"], Value::Null);
    }
    app.settle().await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "active");
    assert_eq!(ada.payment(&first).await["status"], "refunded");
    assert_eq!(ada.payment(&second).await["status"], "partially_refunded");
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    for invoice in [&first, &second] {
        assert_eq!(ada.request_status(invoice).await, "refunded");
    }
}

#[tokio::test]
async fn an_invoice_that_was_paid_outside_of_stripe_cannot_be_refunded() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let invoice = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    app.stripe_post(&format!("/v1/invoices/{invoice}/pay"), &[("paid_out_of_band", "true")]).await;
    app.settle().await;
    let payment = ada.payment(&invoice).await;
    assert_eq!((&payment["status"], &payment["refundable"]["reason"]), (&json!("paid"), &json!("nothing_paid")));
    ada.ask_for_refund(&invoice).await.expect_problem(409, "nothing_paid");
}
