//! Shows that disputes and refunds of an invoice close the period it paid for, and that nothing is charged after a lost dispute.

use local::Options;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CHANGE, PREVIEW, RESUME, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// Subscribes by card. Returns the subscription, and the payment intent of its first invoice.
async fn subscribe(app: &TestApp, learner: &Learner) -> (String, String) {
    let id = learner.subscribe(premium()).await;
    (id, app.last_payment_intent("payment_intent.succeeded").await)
}

async fn lose(app: &TestApp, dispute: &str) {
    app.test_action(&format!("disputes/{dispute}/lost")).await;
}

#[tokio::test]
async fn a_lost_dispute_of_the_current_period_ends_the_subscription_and_another_one_is_sold() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (id, intent) = subscribe(&app, &ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["has_access"], &shown["payment_problem"]["kind"]), (&json!(false), &json!("disputed")));
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "active", "it can still be won");

    lose(&app, &dispute).await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "canceled");
    let shown = ada.subscription().await;
    assert_eq!((&shown["status"], &shown["payment_problem"]["kind"]), (&json!("canceled"), &json!("dispute_lost")));
    assert_eq!(app.failures().await, []);

    ada.subscribe(premium()).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    assert_eq!(ada.subscription().await["payment_problem"], Value::Null);
}

#[tokio::test]
async fn a_lost_dispute_of_an_earlier_period_ends_the_subscription_at_its_period_end() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (id, intent) = subscribe(&app, &ada).await;
    app.advance(32 * DAY).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "its payment is not disputed");

    lose(&app, &dispute).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    let shown = ada.subscription().await;
    assert_eq!(
        (&shown["cancel_at_period_end"], &shown["payment_problem"]["kind"]),
        (&json!(true), &json!("dispute_lost"))
    );
    ada.post(RESUME, json!({})).await.expect_problem(409, "payment_problem");
    for route in [PREVIEW, CHANGE] {
        ada.post(route, plus()).await.expect_problem(409, "payment_problem");
    }

    let invoices = app.events("invoice.created").await.len();
    app.advance(32 * DAY).await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "canceled");
    assert_eq!(app.events("invoice.created").await.len(), invoices, "nothing more is charged");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
}

/// While Stripe is unavailable the lost dispute is not stored: the redelivery cancels the subscription.
#[tokio::test]
async fn a_cancellation_that_failed_is_repeated_by_the_next_delivery() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let (id, intent) = subscribe(&app, &ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    app.hold_webhooks();
    lose(&app, &dispute).await;
    let closed = app.last_event("charge.dispute.closed").await;

    // The subscription, its disputes and their invoice; then open and written-off invoices and drafts, the cancellation and another fetch.
    for calls in 1..=8 {
        stripe.reset();
        stripe.inject(Fault::CrashBefore(calls));
        app.deliver(&closed).await.expect(500);
        let ended = app.subscription_at_stripe(&id).await["status"] == "canceled";
        assert_eq!(ended, calls == 8, "after {} calls", calls - 1);
        assert_eq!(ada.access_reason(COURSE).await, "subscription_disputed");
    }
    stripe.reset();
    assert_eq!(app.deliver(&closed).await.expect(200)["outcome"], "applied");
    assert_eq!(ada.subscription().await["status"], "canceled");
    assert_eq!(app.failures().await, []);
    stripe.reset();
    assert_eq!(app.deliver(&closed).await.expect(200)["outcome"], "duplicate");
}

#[tokio::test]
async fn open_invoices_of_a_subscription_that_lost_a_dispute_are_voided() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (id, intent) = subscribe(&app, &ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    app.set_card(&id, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "past_due");

    lose(&app, &dispute).await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "canceled");
    let open = app.stripe_list("/v1/invoices", &[("status", "open")]).await;
    assert_eq!(open, [] as [Value; 0]);
}

#[tokio::test]
async fn an_installation_can_keep_subscriptions_after_a_lost_dispute() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("DISPUTE_CANCELS_SUBSCRIPTION", "false")).await;
    let ada = app.as_learner("ada").await;
    let (id, intent) = subscribe(&app, &ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    lose(&app, &dispute).await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "active");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_disputed");
    app.advance(32 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "the next period is paid for");
}

#[tokio::test]
async fn a_full_refund_closes_the_period_that_it_paid_for() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (_, intent) = subscribe(&app, &ada).await;
    app.refund(&intent, &[("amount", "900")]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "a partial refund closes nothing");

    let rest = app.refund(&intent, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_refunded");
    let change = ada.post(CHANGE, plus()).await;
    assert_eq!(change.code(), "payment_problem", "a refunded payment is not credited");
    app.test_action(&format!("refunds/{rest}/fail")).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "the refund failed");

    app.refund(&intent, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_refunded");
    app.advance(32 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "the next period is paid for");
    assert_eq!(app.rows_of("USER#", "ACCESS#PURCHASE").await.len(), 0, "an invoice's payment is no purchase");
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn refunds_of_other_periods_and_of_changes_close_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (_, first) = subscribe(&app, &ada).await;
    app.advance(32 * DAY).await;
    app.refund(&first, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "that was an earlier period");

    ada.change_plan(plus()).await;
    app.settle().await;
    app.refund(&app.last_payment_intent("payment_intent.succeeded").await, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "that was a change");
}

#[tokio::test]
async fn a_full_refund_of_the_invoice_of_a_change_closes_the_period_that_it_began() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (_, first) = subscribe(&app, &ada).await;
    ada.change_plan(json!({"plan_id": "plus", "interval": "year"})).await;
    app.settle().await;
    let year = app.last_payment_intent("payment_intent.succeeded").await;
    app.refund(&first, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "that was for the month before");
    app.refund(&year, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_refunded");
}

#[tokio::test]
async fn an_installation_can_keep_a_refunded_period_open() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("REFUND_CLOSES_PERIOD", "false")).await;
    let ada = app.as_learner("ada").await;
    let (_, intent) = subscribe(&app, &ada).await;
    app.refund(&intent, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_refund_or_dispute_of_an_invoice_takes_three_calls_to_stripe() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (id, intent) = subscribe(&app, &ada).await;
    for kind in ["customer.subscription.created", "invoice.paid"] {
        let event = app.last_event(kind).await;
        app.deliver(&event).await.expect(200);
    }
    app.refund(&intent, &[]).await;
    app.dispute(&intent, "inquiry").await;
    for (kind, list) in [("refund.created", "GET /v1/refunds"), ("charge.dispute.created", "GET /v1/disputes")] {
        let event = app.last_event(kind).await;
        stripe.reset();
        app.deliver(&event).await.expect(200);
        assert_eq!(
            stripe.calls(),
            [&format!("GET /v1/subscriptions/{id}"), list, "GET /v1/invoice_payments"],
            "{kind}"
        );
    }
}
