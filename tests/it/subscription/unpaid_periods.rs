//! Shows that a period gives access when it was paid for. Stripe calls a subscription `active` before that: while a bank debit
//! is processing, after an invoice was marked uncollectible or voided, and while collection is paused.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, plus, premium};
use crate::support::cards::{FAILING_CARD, VALID_CARD};
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

async fn only_subscription(app: &TestApp) -> String {
    let list = app.stripe_list("/v1/subscriptions", &[("status", "all")]).await;
    list[0]["id"].as_str().unwrap().to_owned()
}

async fn latest_invoice(app: &TestApp, subscription: &str) -> String {
    let found = app.subscription_at_stripe(subscription).await;
    found["latest_invoice"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_first_bank_debit_gives_access_when_its_money_arrives() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.subscribe_by_debit(premium()).await;
    let at_stripe = app.subscription_at_stripe(&only_subscription(&app).await).await;
    assert_eq!(at_stripe["status"], "active");

    let access = ada.access(COURSE).await;
    assert_eq!(access["because"]["reason"], "subscription_payment_pending", "{access}");
    assert_eq!(access["because"]["status"], "payment_pending", "{access}");
    let shown = ada.subscription().await;
    assert_eq!((&shown["status"], &shown["has_access"]), (&json!("payment_pending"), &json!(false)));
    // Nor do the limits of the plan apply.
    let usage = ada.post("/usage/ai_minutes", json!({"quantity": 31})).await;
    assert_eq!(usage.code(), "limit_reached");

    app.test_action(&format!("bank_debits/{intent}/succeed")).await;
    let access = ada.access(COURSE).await;
    assert_eq!((&access["because"]["reason"], &access["because"]["status"]), (&json!("subscribed"), &json!("active")));
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn repeated_failing_bank_debits_never_give_access() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for round in 1..=3 {
        let intent = ada.subscribe_by_debit(premium()).await;
        assert_eq!(ada.access(COURSE).await["has_access"], false, "round {round}");
        app.test_action(&format!("bank_debits/{intent}/fail")).await;
        assert_eq!(ada.access(COURSE).await["has_access"], false, "round {round}");
        ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
        app.settle().await;
        assert_eq!(ada.access(COURSE).await["has_access"], false, "round {round}");
    }
}

#[tokio::test]
async fn a_plan_cannot_be_changed_while_the_period_is_unpaid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe_by_debit(premium()).await;
    for route in [CHANGE, PREVIEW] {
        let refused = ada.post(route, plus()).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "payment_problem"), "{route}");
    }
}

#[tokio::test]
async fn a_renewal_by_bank_debit_stays_open_for_fourteen_days_and_closes_when_it_fails() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.subscribe_by_debit(premium()).await;
    app.test_action(&format!("bank_debits/{first}/succeed")).await;

    app.advance(32 * DAY).await;
    let renewal = app.last_payment_intent("payment_intent.processing").await;
    assert_ne!(renewal, first);
    // Longer than the three days that a late renewal has.
    app.advance(8 * DAY).await;
    let access = ada.access(COURSE).await;
    assert_eq!(
        (&access["has_access"], &access["because"]["status"]),
        (&json!(true), &json!("payment_pending")),
        "{access}"
    );

    app.advance(8 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_payment_pending", "fourteen days have passed");
    app.test_action(&format!("bank_debits/{renewal}/fail")).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
}

#[tokio::test]
async fn after_a_trial_a_bank_debit_has_only_three_days() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(json!({"plan_id": "premium", "interval": "month"})).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(ada.access(COURSE).await["because"]["status"], "trialing");

    app.advance(8 * DAY).await;
    assert_eq!(ada.access(COURSE).await["because"]["status"], "payment_pending");
    app.advance(4 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_payment_pending");
    let debit = app.last_payment_intent("payment_intent.processing").await;
    app.test_action(&format!("bank_debits/{debit}/succeed")).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

#[tokio::test]
async fn an_uncollectible_or_void_invoice_gives_no_access_until_it_is_paid() {
    for (end, status) in [("mark_uncollectible", "uncollectible"), ("void", "void")] {
        let app = TestApp::start().await;
        let ada = app.as_learner("ada").await;
        let subscription = ada.subscribe(premium()).await;
        app.set_card(&subscription, FAILING_CARD).await;
        app.advance(32 * DAY).await;
        assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");

        let invoice = latest_invoice(&app, &subscription).await;
        let ended = app.stripe_post(&format!("/v1/invoices/{invoice}/{end}"), &[]).await;
        assert_eq!(ended["status"], status);
        app.settle().await;
        let at_stripe = app.subscription_at_stripe(&subscription).await;
        assert_eq!(at_stripe["status"], "active", "at Stripe");
        assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due", "{end}");

        if status == "uncollectible" {
            let form = [("paid_out_of_band", "true")];
            app.stripe_post(&format!("/v1/invoices/{invoice}/pay"), &form).await;
            app.settle().await;
            assert_eq!(ada.access_reason(COURSE).await, "subscribed", "paid in cash later");
        }
    }
}

#[tokio::test]
async fn while_collection_is_paused_access_ends_with_the_paid_period() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(premium()).await;
    app.update_subscription(&subscription, &[("pause_collection[behavior]", "void")]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");

    app.advance(32 * DAY).await;
    let at_stripe = app.subscription_at_stripe(&subscription).await;
    assert_eq!(at_stripe["status"], "active", "at Stripe");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
}

#[tokio::test]
async fn the_invoice_of_a_change_does_not_decide_about_the_period() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.change_plan(plus()).await;
    app.settle().await;
    let access = ada.access(COURSE).await;
    assert_eq!(
        (&access["because"]["product"], &access["because"]["status"]),
        (&json!("plus"), &json!("active")),
        "{access}"
    );
    // A change whose payment fails leaves the paid period open.
    let subscription = only_subscription(&app).await;
    app.set_card(&subscription, FAILING_CARD).await;
    let refused = ada.post(CHANGE, json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED, "{}", refused.body);
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_paid_card_gives_access_at_once() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(ada.access(COURSE).await["because"]["status"], "active");
}

#[tokio::test]
async fn an_unpaid_period_that_is_canceled_is_never_charged() {
    for request in [json!({}), json!({"immediately": true})] {
        let app = TestApp::start().await;
        let ada = app.as_learner("ada").await;
        let subscription = ada.subscribe(premium()).await;
        app.set_card(&subscription, FAILING_CARD).await;
        app.advance(32 * DAY).await;
        let invoice = latest_invoice(&app, &subscription).await;
        assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");

        let canceled = ada.post(CANCEL, &request).await.expect(200);
        assert_eq!(canceled["status"], "canceled", "{request}");
        app.settle().await;
        let stored = app.stripe_get(&format!("/v1/invoices/{invoice}")).await;
        assert_eq!(stored["status"], "void", "{request}");
        app.advance(32 * DAY).await;
        let paid = app.events("invoice.paid").await;
        assert_eq!(paid.len(), 1, "only the first period was ever paid");
    }
}

#[tokio::test]
async fn while_a_bank_debit_is_processing_a_subscription_is_canceled_only_at_its_period_end() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.subscribe_by_debit(premium()).await;
    ada.post(CANCEL, json!({"immediately": true})).await.expect_problem(409, "payment_pending");

    let canceled = ada.post(CANCEL, json!({})).await.expect(200);
    assert_eq!((&canceled["status"], &canceled["cancel_at_period_end"]), (&json!("payment_pending"), &json!(true)));
    app.test_action(&format!("bank_debits/{intent}/succeed")).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    app.advance(32 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
}

/// Stripe does not void an invoice whose payment is processing: the money would be taken for nothing.
#[tokio::test]
async fn a_debit_of_an_older_invoice_that_is_processing_prevents_the_end_at_once_too() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.subscribe_by_debit(premium()).await;
    app.test_action(&format!("bank_debits/{first}/succeed")).await;
    app.advance(32 * DAY).await;
    let debit = app.last_payment_intent("payment_intent.processing").await;
    let subscription = only_subscription(&app).await;
    app.set_card(&subscription, FAILING_CARD).await;
    app.advance(31 * DAY).await;
    let statuses = async || -> Vec<String> {
        let invoices = app.invoices_at_stripe(&subscription).await;
        invoices.iter().map(|invoice| invoice["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(statuses().await, ["open", "open", "paid"]);

    ada.post(CANCEL, json!({"immediately": true})).await.expect_problem(409, "payment_pending");
    let canceled = ada.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(canceled["cancel_at_period_end"], true, "{canceled}");
    assert_eq!(statuses().await, ["open", "open", "paid"]);
    app.test_action(&format!("bank_debits/{debit}/succeed")).await;
    assert_eq!(statuses().await, ["open", "paid", "paid"]);

    // Nothing is on its way any more.
    let canceled = ada.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(canceled["status"], "canceled", "{canceled}");
    assert_eq!(statuses().await, ["void", "paid", "paid"]);
}
