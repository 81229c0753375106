//! Shows that a payment has its receipt and its card, and is shown without them when Stripe does not answer.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;

#[tokio::test]
async fn a_purchase_and_an_invoice_have_the_card_of_their_payment() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    ada.subscribe(premium()).await;
    let payments = ada.payments().await;
    assert_eq!(payments.len(), 2);
    for payment in payments {
        let id = payment["id"].as_str().unwrap();
        let shown = ada.get(&format!("/billing/payments/{id}")).await.expect(200);
        assert_eq!((&shown["card"]["brand"], &shown["card"]["last4"]), (&json!("visa"), &json!("4242")), "{shown}");
        assert_eq!(shown["status"], payment["status"]);
    }
    assert!(intent.starts_with("pi_"));
}

#[tokio::test]
async fn a_payment_is_shown_without_its_receipt_when_stripe_does_not_answer() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    stripe.reset();
    stripe.inject(Fault::CrashBefore(1));
    let shown = ada.get(&format!("/billing/payments/{intent}")).await.expect(200);
    assert_eq!((&shown["id"], &shown["status"]), (&json!(intent), &json!("paid")));
    assert_eq!((&shown["receipt_url"], &shown["card"]), (&Value::Null, &Value::Null));
}
