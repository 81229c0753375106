//! A subscription's period opens when it was paid for. Stripe calls a subscription `active` before that: while a bank debit
//! is on its way, after an invoice was written off, and while nothing is collected.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::membership::charge_to;
use crate::support::app::{COURSE, Learner, PAYS, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn monthly() -> Value {
    json!({"plan_id": "premium", "interval": "month", "trial_days": 0})
}

/// Subscribes by a bank debit, which is on its way then: the payment intent.
async fn subscribe_by_debit(app: &TestApp, learner: &Learner, plan: &Value) -> String {
    let checkout = app.checkout_of(learner, plan).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    newest_debit(app).await
}

/// The payment intent that began to be processed last.
async fn newest_debit(app: &TestApp) -> String {
    let event = app.events("payment_intent.processing").await.pop().expect("a debit on its way");
    event["data"]["object"]["id"].as_str().unwrap().to_owned()
}

async fn only_subscription(app: &TestApp) -> String {
    let list = app.stripe(Method::GET, "/v1/subscriptions", &[("status", "all")]).await.expect(200);
    list["data"][0]["id"].as_str().unwrap().to_owned()
}

async fn latest_invoice(app: &TestApp, subscription: &str) -> String {
    let found = app.stripe(Method::GET, &format!("/v1/subscriptions/{subscription}"), &[]).await.expect(200);
    found["latest_invoice"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_first_debit_opens_when_its_money_arrives() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = subscribe_by_debit(&app, &ada, &monthly()).await;
    let at_stripe = format!("/v1/subscriptions/{}", only_subscription(&app).await);
    assert_eq!(app.stripe(Method::GET, &at_stripe, &[]).await.expect(200)["status"], "active");

    let access = app.access(&ada, COURSE).await;
    assert_eq!(access["because"]["reason"], "subscription_payment_pending", "{access}");
    assert_eq!(access["because"]["status"], "payment_pending", "{access}");
    let shown = app.get(&ada, "/billing/subscription").await.expect(200);
    assert_eq!((&shown["status"], &shown["has_access"]), (&json!("payment_pending"), &json!(false)));
    // What the plan allows is not to be had either.
    let usage = app.post(&ada, "/usage/ai_minutes", &json!({"quantity": 31})).await;
    assert_eq!(usage.code(), "limit_reached");

    app.press(&format!("bank_debits/{intent}/succeed")).await;
    let access = app.access(&ada, COURSE).await;
    assert_eq!((&access["because"]["reason"], &access["because"]["status"]), (&json!("subscribed"), &json!("active")));
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn rounds_of_debits_that_fail_never_open_anything() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    for round in 1..=3 {
        let intent = subscribe_by_debit(&app, &ada, &monthly()).await;
        assert_eq!(app.access(&ada, COURSE).await["has_access"], false, "round {round}");
        app.press(&format!("bank_debits/{intent}/fail")).await;
        assert_eq!(app.access(&ada, COURSE).await["has_access"], false, "round {round}");
        app.post(&ada, "/billing/subscription/cancel", &json!({"immediately": true})).await.expect(200);
        app.settle().await;
        assert_eq!(app.access(&ada, COURSE).await["has_access"], false, "round {round}");
    }
}

#[tokio::test]
async fn nothing_can_be_changed_while_the_period_is_not_paid_for() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    subscribe_by_debit(&app, &ada, &monthly()).await;
    for route in ["/billing/subscription/change", "/billing/subscription/change/preview"] {
        let refused = app.post(&ada, route, &json!({"plan_id": "plus"})).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "payment_problem"), "{route}");
    }
}

#[tokio::test]
async fn a_renewal_by_debit_stays_open_while_it_is_processing_and_closes_when_it_fails() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = subscribe_by_debit(&app, &ada, &monthly()).await;
    app.press(&format!("bank_debits/{first}/succeed")).await;

    app.advance(32 * DAY).await;
    let renewal = newest_debit(&app).await;
    assert_ne!(renewal, first);
    // Longer than the leeway of three days.
    app.advance(8 * DAY).await;
    let access = app.access(&ada, COURSE).await;
    assert_eq!(
        (&access["has_access"], &access["because"]["status"]),
        (&json!(true), &json!("payment_pending")),
        "{access}"
    );

    app.advance(8 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_payment_pending", "fourteen days have passed");
    app.press(&format!("bank_debits/{renewal}/fail")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due");
}

#[tokio::test]
async fn after_a_trial_a_debit_has_the_leeway_only() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &json!({"plan_id": "premium", "interval": "month"})).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.access(&ada, COURSE).await["because"]["status"], "trialing");

    app.advance(8 * DAY).await;
    assert_eq!(app.access(&ada, COURSE).await["because"]["status"], "payment_pending");
    app.advance(4 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_payment_pending");
    let debit = newest_debit(&app).await;
    app.press(&format!("bank_debits/{debit}/succeed")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
}

#[tokio::test]
async fn an_invoice_that_is_written_off_or_voided_opens_nothing_until_it_is_paid() {
    for (end, status) in [("mark_uncollectible", "uncollectible"), ("void", "void")] {
        let app = TestApp::start().await;
        let ada = app.ada().await;
        let subscription = app.subscribe(&ada, &monthly()).await;
        charge_to(&app, &subscription, "chargeCustomerFail").await;
        app.advance(32 * DAY).await;
        assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due");

        let invoice = latest_invoice(&app, &subscription).await;
        let ended = app.stripe(Method::POST, &format!("/v1/invoices/{invoice}/{end}"), &[]).await.expect(200);
        assert_eq!(ended["status"], status);
        app.settle().await;
        let at_stripe = app.stripe(Method::GET, &format!("/v1/subscriptions/{subscription}"), &[]).await.expect(200);
        assert_eq!(at_stripe["status"], "active", "so Stripe calls it");
        assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due", "{end}");

        if status == "uncollectible" {
            let form = [("paid_out_of_band", "true")];
            app.stripe(Method::POST, &format!("/v1/invoices/{invoice}/pay"), &form).await.expect(200);
            app.settle().await;
            assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "paid after all, in cash");
        }
    }
}

#[tokio::test]
async fn a_paused_collection_opens_until_the_paid_period_ends() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let subscription = app.subscribe(&ada, &monthly()).await;
    let form = [("pause_collection[behavior]", "void")];
    app.stripe(Method::POST, &format!("/v1/subscriptions/{subscription}"), &form).await.expect(200);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");

    app.advance(32 * DAY).await;
    let at_stripe = app.stripe(Method::GET, &format!("/v1/subscriptions/{subscription}"), &[]).await.expect(200);
    assert_eq!(at_stripe["status"], "active", "so Stripe calls it");
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due");
}

#[tokio::test]
async fn an_invoice_of_a_change_neither_opens_nor_closes_a_period() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &monthly()).await;
    app.post(&ada, "/billing/subscription/change", &json!({"plan_id": "plus"})).await.expect(200);
    app.settle().await;
    let access = app.access(&ada, COURSE).await;
    assert_eq!(
        (&access["because"]["product"], &access["because"]["status"]),
        (&json!("plus"), &json!("active")),
        "{access}"
    );
    // A change whose payment fails leaves the paid period open.
    let subscription = only_subscription(&app).await;
    charge_to(&app, &subscription, "chargeCustomerFail").await;
    let refused = app.post(&ada, "/billing/subscription/change", &json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED, "{}", refused.body);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_card_that_pays_opens_at_once() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &monthly()).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.access(&ada, COURSE).await["because"]["status"], "active");
}

#[tokio::test]
async fn who_cancels_an_unpaid_period_is_never_charged_for_it() {
    for wish in [json!({}), json!({"immediately": true})] {
        let app = TestApp::start().await;
        let ada = app.ada().await;
        let subscription = app.subscribe(&ada, &monthly()).await;
        charge_to(&app, &subscription, "chargeCustomerFail").await;
        app.advance(32 * DAY).await;
        let invoice = latest_invoice(&app, &subscription).await;
        assert_eq!(app.reason(&ada, COURSE).await, "subscription_past_due");

        let canceled = app.post(&ada, "/billing/subscription/cancel", &wish).await.expect(200);
        assert_eq!(canceled["status"], "canceled", "{wish}");
        app.settle().await;
        let stored = app.stripe(Method::GET, &format!("/v1/invoices/{invoice}"), &[]).await.expect(200);
        assert_eq!(stored["status"], "void", "{wish}");
        app.advance(32 * DAY).await;
        let paid = app.events("invoice.paid").await;
        assert_eq!(paid.len(), 1, "only the first period was ever paid");
    }
}

#[tokio::test]
async fn while_a_debit_is_on_its_way_a_cancellation_waits_for_the_periods_end() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let intent = subscribe_by_debit(&app, &ada, &monthly()).await;
    let refused = app.post(&ada, "/billing/subscription/cancel", &json!({"immediately": true})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "payment_pending"));

    let canceled = app.post(&ada, "/billing/subscription/cancel", &json!({})).await.expect(200);
    assert_eq!((&canceled["status"], &canceled["cancel_at_period_end"]), (&json!("payment_pending"), &json!(true)));
    app.press(&format!("bank_debits/{intent}/succeed")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    app.advance(32 * DAY).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
}
