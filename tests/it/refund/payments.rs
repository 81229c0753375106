//! Shows the list of payments: one Query, no call to Stripe, the newest first.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::{COURSE, PRICE_USD};
use crate::support::time::DAY;

#[tokio::test]
async fn a_purchase_is_a_payment_with_all_that_became_of_it() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.payments().await, Vec::<Value>::new());
    let intent = ada.buy(COURSE).await;

    let payment = ada.payment(&intent).await;
    assert_eq!(payment["kind"], "purchase");
    assert_eq!(payment["product"], COURSE);
    assert_eq!((&payment["amount"], &payment["currency"]), (&json!(PRICE_USD), &json!("usd")));
    assert_eq!((&payment["status"], &payment["refunded_amount"]), (&json!("paid"), &json!(0)));
    assert_eq!((&payment["refunds"], &payment["dispute"]), (&json!([]), &Value::Null));
    assert_eq!((&payment["refundable"]["allowed"], &payment["refundable"]["reason"]), (&json!(true), &Value::Null));

    let refund = app.refund(&intent, &[("amount", "900")]).await;
    let payment = ada.payment(&intent).await;
    assert_eq!((&payment["status"], &payment["refunded_amount"]), (&json!("partially_refunded"), &json!(900)));
    let shown = &payment["refunds"][0];
    assert_eq!((&shown["id"], &shown["amount"], &shown["status"]), (&json!(refund), &json!(900), &json!("succeeded")));
    assert!(shown["created_at"].is_string(), "{shown}");

    app.refund(&intent, &[]).await;
    let payment = ada.payment(&intent).await;
    assert_eq!((&payment["status"], &payment["refunded_amount"]), (&json!("refunded"), &json!(PRICE_USD)));
    assert_eq!(payment["refundable"]["reason"], "already_refunded");
}

#[tokio::test]
async fn a_dispute_and_a_bank_debit_show_in_the_list() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let disputed = ada.buy(COURSE).await;
    let dispute = app.dispute(&disputed, "chargeback").await;
    let payment = ada.payment(&disputed).await;
    assert_eq!((&payment["status"], &payment["dispute"]["id"]), (&json!("disputed"), &json!(dispute)));
    assert_eq!(payment["refundable"]["reason"], "payment_disputed");

    let checkout = ada.checkout("fine-tuning").await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    let payment = ada.payment(&app.payment_intent_of(&checkout.session).await).await;
    assert_eq!((&payment["status"], &payment["refundable"]["reason"]), (&json!("pending"), &json!("not_paid")));
}

#[tokio::test]
async fn invoices_are_payments_when_they_were_paid_or_could_not_be() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "premium", "trial_days": 7})).await;
    assert_eq!(ada.payments().await, Vec::<Value>::new(), "a trial is no payment");

    app.advance(8 * DAY).await;
    let [first] = ada.payments().await.try_into().unwrap();
    assert_eq!((&first["kind"], &first["status"]), (&json!("subscription"), &json!("paid")));
    assert_eq!(first["product"], "premium");
    assert!(first["id"].as_str().unwrap().starts_with("in_"), "{first}");

    app.set_card(&id, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let payments = ada.payments().await;
    assert_eq!(payments[0]["status"], "failed", "{payments:?}");
    assert_eq!(payments[0]["refundable"]["reason"], "not_paid");
    assert_eq!((&payments[1]["id"], payments.len()), (&first["id"], 2), "the newest first");
}

#[tokio::test]
async fn a_refund_of_an_invoice_shows_at_that_invoice_alone() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let intent = app.last_payment_intent("payment_intent.succeeded").await;
    app.advance(32 * DAY).await;
    app.refund(&intent, &[("amount", "500")]).await;
    let payments = ada.payments().await;
    let found: Vec<_> = payments.iter().map(|payment| (&payment["status"], &payment["refunded_amount"])).collect();
    assert_eq!(found, [(&json!("paid"), &json!(0)), (&json!("partially_refunded"), &json!(500))]);
}

#[tokio::test]
async fn pages_of_payments_follow_each_other() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for course in [COURSE, "fine-tuning", "ai-in-4-weekends"] {
        ada.buy(course).await;
        app.advance(DAY).await;
    }
    let all: Vec<Value> = ada.payments().await.iter().map(|payment| payment["product"].clone()).collect();
    assert_eq!(all, ["ai-in-4-weekends", "fine-tuning", COURSE]);
    let first = ada.get("/billing/payments?limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/billing/payments?limit=2&cursor={cursor}")).await.expect(200);
    let items = [first["items"].as_array().unwrap().clone(), second["items"].as_array().unwrap().clone()].concat();
    assert_eq!(items.iter().map(|payment| payment["product"].clone()).collect::<Vec<_>>(), all);
    assert_eq!(second["next_cursor"], Value::Null);
    ada.get("/billing/payments?cursor=!").await.expect_problem(400, "invalid_cursor");
}

#[tokio::test]
async fn the_list_is_one_query_and_no_call_to_stripe() {
    let (app, dynamodb) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.buy(COURSE).await;
    dynamodb.reset();
    assert_eq!(ada.payments().await.len(), 2);
    assert_eq!(dynamodb.calls(), ["Query"]);

    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.buy(COURSE).await;
    stripe.reset();
    assert_eq!(ada.payments().await.len(), 1);
    assert_eq!(stripe.calls(), Vec::<String>::new());
}
