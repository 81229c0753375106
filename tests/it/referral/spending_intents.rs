//! Shows that credit lowers a payment intent, which keeps its credit as long as it can be paid.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::{COURSE, PRICE_USD};
use crate::support::payment_intents::{DECLINED, PAYMENT_INTENTS};
use crate::support::referrals::Ledger;
use crate::support::time::{DAY, HOUR};

#[tokio::test]
async fn a_payment_intent_is_lowered_to_what_stripe_charges_at_least() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.refer(&grace, "agents-in-production").await;
    app.advance(15 * DAY).await;
    let (earned, used) = (29_900 / 4, PRICE_USD - 50);
    let answer = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE, "amount": PRICE_USD})).await.expect(201);
    assert_eq!(answer["credit"], json!({"used": used, "currency": "usd", "left": earned - used}));
    assert_eq!(answer["amount"], 50);

    let intent = answer["payment_intent_id"].as_str().unwrap();
    app.confirm_intent(intent, &[("payment_method", DECLINED)]).await;
    app.settle().await;
    let reserved = Ledger { earned, reserved: used, available: earned - used, ..Ledger::default() };
    assert_eq!(ada.ledger().await, reserved, "a decline releases nothing");
    app.pay_intent(intent).await;
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(ada.ledger().await, Ledger { earned, spent: used, available: earned - used, ..Ledger::default() });
}

#[tokio::test]
async fn a_bank_debit_that_fails_keeps_the_credit_until_the_payment_intent_is_canceled() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.refer(&grace, COURSE).await;
    app.advance(15 * DAY).await;
    let earned = PRICE_USD / 4;
    let intent = ada.payment_intent(COURSE).await;
    app.debit_intent(&intent).await;
    app.test_action(&format!("bank_debits/{intent}/fail")).await;
    let reserved = Ledger { earned, reserved: earned, ..Ledger::default() };
    assert_eq!(ada.ledger().await, reserved, "it can be paid by another try");
    app.advance(25 * HOUR).await;
    app.stack.reconcile().await.unwrap();
    app.settle().await;
    assert_eq!(app.intent_at_stripe(&intent).await["status"], "canceled");
    assert_eq!(ada.ledger().await, Ledger { earned, available: earned, ..Ledger::default() });
}
