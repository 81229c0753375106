//! Money of an invoice that goes back: disputes and refunds. They close what the invoice was for, and nobody is charged on
//! for what the bank took back.

use std::time::Duration;

use local::Options;
use serde_json::{Value, json};

use crate::support::app::{COURSE, Learner, TestApp};
use crate::support::fault_proxy::Fault;

const MONTH: Duration = Duration::from_secs(32 * 24 * 60 * 60);
const BILLING: &str = "/billing/subscription";

fn premium() -> Value {
    json!({"plan_id": "premium", "trial_days": 0})
}

impl TestApp {
    /// Subscribes by card: the subscription, and the payment intent of its first invoice.
    async fn subscribe_and_pay(&self, learner: &Learner) -> (String, String) {
        let id = self.subscribe(learner, &premium()).await;
        (id, self.newest_payment().await)
    }

    async fn newest_payment(&self) -> String {
        let paid = self.events("payment_intent.succeeded").await.pop().unwrap();
        paid["data"]["object"]["id"].as_str().unwrap().to_owned()
    }

    async fn lose(&self, dispute: &str) {
        self.press(&format!("disputes/{dispute}/lost")).await;
    }
}

#[tokio::test]
async fn a_lost_dispute_of_the_running_period_ends_the_subscription_and_the_learner_can_subscribe_anew() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let (id, intent) = app.subscribe_and_pay(&ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    let shown = app.get(&ada, BILLING).await.expect(200);
    assert_eq!((&shown["has_access"], &shown["payment_problem"]["kind"]), (&json!(false), &json!("disputed")));
    assert_eq!(app.at_stripe(&id).await["status"], "active", "it can still be won");

    app.lose(&dispute).await;
    assert_eq!(app.at_stripe(&id).await["status"], "canceled");
    let shown = app.get(&ada, BILLING).await.expect(200);
    assert_eq!((&shown["status"], &shown["payment_problem"]["kind"]), (&json!("canceled"), &json!("dispute_lost")));
    assert_eq!(app.failures().await, []);

    app.subscribe(&ada, &premium()).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    assert_eq!(app.get(&ada, BILLING).await.expect(200)["payment_problem"], Value::Null);
}

#[tokio::test]
async fn a_lost_dispute_of_an_earlier_period_leaves_the_one_that_is_paid_for() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let (id, intent) = app.subscribe_and_pay(&ada).await;
    app.advance(MONTH).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "its money is still here");

    app.lose(&dispute).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    let shown = app.get(&ada, BILLING).await.expect(200);
    assert_eq!(
        (&shown["cancel_at_period_end"], &shown["payment_problem"]["kind"]),
        (&json!(true), &json!("dispute_lost"))
    );
    let resumed = app.post(&ada, "/billing/subscription/resume", &json!({})).await;
    assert_eq!((resumed.status.as_u16(), resumed.code()), (409, "payment_problem"));

    let invoices = app.events("invoice.created").await.len();
    app.advance(MONTH).await;
    assert_eq!(app.at_stripe(&id).await["status"], "canceled");
    assert_eq!(app.events("invoice.created").await.len(), invoices, "nothing more is charged");
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
}

/// While Stripe is away, the loss is not written down: the redelivery ends the subscription.
#[tokio::test]
async fn a_subscription_that_could_not_be_ended_is_ended_by_the_next_delivery() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    let (id, intent) = app.subscribe_and_pay(&ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    app.hold();
    app.lose(&dispute).await;
    let closed = app.events("charge.dispute.closed").await.pop().unwrap();

    // The subscription, its disputes and their invoice; then open invoices and drafts, the cancellation and a look at it.
    for calls in 1..=7 {
        stripe.reset();
        stripe.inject(Fault::CrashBefore(calls));
        app.deliver(&closed).await.expect(500);
        let ended = app.at_stripe(&id).await["status"] == "canceled";
        assert_eq!(ended, calls == 7, "after {} calls", calls - 1);
        assert_eq!(app.reason(&ada, COURSE).await, "subscription_disputed");
    }
    stripe.reset();
    assert_eq!(app.deliver(&closed).await.expect(200)["outcome"], "applied");
    assert_eq!(app.get(&ada, BILLING).await.expect(200)["status"], "canceled");
    assert_eq!(app.failures().await, []);
    stripe.reset();
    assert_eq!(app.deliver(&closed).await.expect(200)["outcome"], "duplicate");
}

#[tokio::test]
async fn open_invoices_of_a_subscription_that_lost_a_dispute_are_voided() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let (id, intent) = app.subscribe_and_pay(&ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    app.pay_with(&id, "chargeCustomerFail").await;
    app.advance(MONTH).await;
    assert_eq!(app.at_stripe(&id).await["status"], "past_due");

    app.lose(&dispute).await;
    assert_eq!(app.at_stripe(&id).await["status"], "canceled");
    let open = app.stripe(reqwest::Method::GET, "/v1/invoices", &[("status", "open")]).await.expect(200);
    assert_eq!(open["data"], json!([]));
}

#[tokio::test]
async fn an_operator_can_decide_about_lost_disputes_alone() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("DISPUTE_CANCELS_SUBSCRIPTION", "false")).await;
    let ada = app.ada().await;
    let (id, intent) = app.subscribe_and_pay(&ada).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    app.lose(&dispute).await;
    assert_eq!(app.at_stripe(&id).await["status"], "active");
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_disputed");
    app.advance(MONTH).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "the next period is paid for");
}

#[tokio::test]
async fn a_full_refund_closes_the_period_that_it_paid_for() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let (_, intent) = app.subscribe_and_pay(&ada).await;
    app.refund(&intent, &[("amount", "900")]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "a part of it closes nothing");

    let rest = app.refund(&intent, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_refunded");
    let change = app.post(&ada, "/billing/subscription/change", &json!({"plan_id": "plus"})).await;
    assert_eq!(change.code(), "payment_problem", "nothing is credited of what went back");
    app.press(&format!("refunds/{rest}/fail")).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "the money is here again");

    app.refund(&intent, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_refunded");
    app.advance(MONTH).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "the next period is paid for");
    assert_eq!(app.rows_of("USER#", "ACCESS#PURCHASE").await.len(), 0, "an invoice's payment is no purchase");
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn refunds_of_other_invoices_close_nothing() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let (_, first) = app.subscribe_and_pay(&ada).await;
    app.advance(MONTH).await;
    app.refund(&first, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "an earlier period's");

    app.post(&ada, "/billing/subscription/change", &json!({"plan_id": "plus"})).await.expect(200);
    app.settle().await;
    app.refund(&app.newest_payment().await, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed", "a change's");
}

#[tokio::test]
async fn an_operator_can_let_a_refunded_period_run() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("REFUND_CLOSES_PERIOD", "false")).await;
    let ada = app.ada().await;
    let (_, intent) = app.subscribe_and_pay(&ada).await;
    app.refund(&intent, &[]).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
}

#[tokio::test]
async fn money_of_an_invoice_that_moved_costs_three_calls() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;
    let (id, intent) = app.subscribe_and_pay(&ada).await;
    for kind in ["customer.subscription.created", "invoice.paid"] {
        let event = app.events(kind).await.pop().unwrap();
        app.deliver(&event).await.expect(200);
    }
    app.refund(&intent, &[]).await;
    app.dispute(&intent, "inquiry").await;
    for (kind, list) in [("refund.created", "GET /v1/refunds"), ("charge.dispute.created", "GET /v1/disputes")] {
        let event = app.events(kind).await.pop().unwrap();
        stripe.reset();
        app.deliver(&event).await.expect(200);
        assert_eq!(
            stripe.calls(),
            [&format!("GET /v1/subscriptions/{id}"), list, "GET /v1/invoice_payments"],
            "{kind}"
        );
    }
}
