//! Shows that credit lowers the first invoice of a plan, and that a trial uses none.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::PRICE_USD;
use crate::support::hosted_page::Checkout;
use crate::support::learner::Learner;
use crate::support::referrals::Ledger;
use crate::support::time::DAY;

const CREDIT: i64 = PRICE_USD / 4;
const PLUS: i64 = 3_900;

async fn with_credit(app: &TestApp) -> Learner {
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.refer(&grace, "vector-search").await;
    app.advance(15 * DAY).await;
    ada
}

#[tokio::test]
async fn the_first_invoice_is_lowered_and_the_next_ones_are_not() {
    let app = TestApp::start().await;
    let ada = with_credit(&app).await;
    let answer = ada.post("/checkout/sessions", json!({"plan_id": "plus", "currency": "usd"})).await.expect(201);
    assert_eq!(answer["credit"], json!({"used": CREDIT, "currency": "usd", "left": 0}));
    let checkout = Checkout::of_answer(&answer);
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, spent: CREDIT, ..Ledger::default() });
    let subscription = app.subscription_of(&checkout).await;
    app.test_action(&format!("subscriptions/{subscription}/renew")).await;
    let mut paid: Vec<_> = app.invoices_at_stripe(&subscription).await;
    paid.sort_by_key(|invoice| invoice["created"].as_i64());
    let paid: Vec<_> = paid.iter().map(|invoice| invoice["amount_paid"].as_i64().unwrap()).collect();
    assert_eq!(paid, [PLUS - CREDIT, PLUS]);
    assert_eq!(ada.ledger().await.spent, CREDIT, "the renewal spends nothing");
}

#[tokio::test]
async fn a_full_refund_of_the_first_invoice_gives_the_credit_back() {
    let app = TestApp::start().await;
    let ada = with_credit(&app).await;
    ada.subscribe(json!({"plan_id": "plus", "currency": "usd"})).await;
    let invoice = ada.payments().await.remove(0);
    let request = ada.refund_request(invoice["id"].as_str().unwrap()).await;
    app.as_operator("olga").await.approve(&request, json!({})).await.expect(200);
    app.settle().await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, available: CREDIT, ..Ledger::default() });
}

#[tokio::test]
async fn a_trial_uses_no_credit() {
    let app = TestApp::start().await;
    let ada = with_credit(&app).await;
    let answer = ada.post("/checkout/sessions", json!({"plan_id": "premium", "currency": "usd"})).await.expect(201);
    assert_eq!(answer["credit"], json!({"used": 0, "currency": "usd", "left": CREDIT}));
}

#[tokio::test]
async fn a_first_debit_that_fails_releases_the_credit_when_the_subscription_is_over() {
    let app = TestApp::start().await;
    let ada = with_credit(&app).await;
    let checkout = ada.checkout_with(json!({"plan_id": "plus", "currency": "usd"})).await;
    app.pay_by_debit(&checkout).await;
    app.settle().await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, reserved: CREDIT, ..Ledger::default() });
    let intent = app.last_payment_intent("payment_intent.processing").await;
    app.test_action(&format!("bank_debits/{intent}/fail")).await;
    app.cancel_at_stripe(&app.subscription_of(&checkout).await).await;
    app.settle().await;
    assert_eq!(ada.ledger().await, Ledger { earned: CREDIT, available: CREDIT, ..Ledger::default() });
}
