//! The scenario that the files are made of: purchases, subscriptions and a completed course of one learner. It is played on the stand-in, so
//! every object is one that Stripe would send, and exists when a function fetches it.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::subscriptions;
use crate::support::app::TestApp;
use crate::support::cards::{DECLINED_CARD, VALID_CARD};
use crate::support::learner::Learner;

/// A played scenario. No webhook was delivered: the files are the deliveries.
pub(super) struct Scenario {
    pub(super) app: TestApp,
    /// Who bought.
    pub(super) ada: Learner,
    /// The session of the paid checkout.
    pub(super) session: String,
    /// Her certificate of the free course.
    pub(super) certificate: String,
    /// The payment of that session.
    pub(super) payment_intent: String,
    /// When it began, in unix seconds.
    pub(super) began: i64,
}

impl Scenario {
    pub(super) async fn play() -> Self {
        let app = TestApp::start().await;
        let began = Timestamp::now().as_second();
        app.hold_webhooks();
        let ada = app.as_learner("ada").await;
        subscriptions::create_all(&app, &ada).await;
        change_the_catalog(&app).await;
        pay_by_debit(&app, &ada, "fine-tuning", "succeed").await;
        pay_by_debit(&app, &ada, "ai-engineer-track", "fail").await;
        abandon_checkout(&app, &ada, "ai-in-4-weekends").await;
        let session = buy(&app, &ada, "vector-search").await;
        let payment_intent = app.payment_intent_of(&session).await;
        refund_and_dispute(&app, &payment_intent).await;
        let certificate = ada.complete_free_course().await;
        Self { app, ada, session, payment_intent, certificate, began }
    }

    /// The scenario's last event of this type, as Stripe delivers it.
    pub(super) async fn event(&self, kind: &str) -> Value {
        if kind == "price.deleted" {
            return self.deleted_price().await;
        }
        let events = self.app.events(kind).await;
        let mut event = events.last().unwrap_or_else(|| panic!("the scenario has no {kind}")).clone();
        // The id of the request differs in every run, and so may the second of the update.
        event["request"] = json!({ "id": null, "idempotency_key": null });
        if let Some(previous) = event["data"].get_mut("previous_attributes").and_then(Value::as_object_mut) {
            previous.remove("updated");
        }
        event
    }

    /// Neither Stripe's API nor the stand-in deletes prices; Stripe does when test data is cleared.
    async fn deleted_price(&self) -> Value {
        let mut event = self.app.last_event("price.updated").await;
        event["id"] = json!("evt_1NoApiDeletesAPrice");
        event["type"] = json!("price.deleted");
        event["request"] = json!({ "id": null, "idempotency_key": null });
        event["data"].as_object_mut().unwrap().remove("previous_attributes");
        event
    }
}

async fn change_the_catalog(app: &TestApp) {
    let form =
        [("name", "Old Course"), ("metadata[tuition_app]", "tuition"), ("metadata[tuition_product]", "old-course")];
    let old = app.stripe_post("/v1/products", &form).await;
    let deleted =
        app.stripe_request(Method::DELETE, &format!("/v1/products/{}", old["id"].as_str().unwrap()), &[]).await;
    deleted.expect(200);

    let price = app.price_at_stripe("vector-search_usd").await;
    let id = |field: &str| price[field].as_str().unwrap().to_owned();
    app.stripe_post(
        &format!("/v1/products/{}", id("product")),
        &[("description", "One course, for good. Now in colour.")],
    )
    .await;
    app.stripe_post(&format!("/v1/prices/{}", id("id")), &[("nickname", "The usual price")]).await;
}

/// Pays by bank debit, which completes unpaid and ends days later.
async fn pay_by_debit(app: &TestApp, learner: &Learner, course: &str, end: &str) {
    let checkout = learner.checkout(course).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.test_action(&format!("bank_debits/{}/{end}", app.payment_intent_of(&checkout.session).await)).await;
}

async fn abandon_checkout(app: &TestApp, learner: &Learner, course: &str) {
    let checkout = learner.checkout(course).await;
    assert_eq!(app.pay(&checkout, DECLINED_CARD).await, StatusCode::PAYMENT_REQUIRED);
    app.stripe_post(&format!("/v1/checkout/sessions/{}/expire", checkout.session), &[]).await;
}

/// Buys with the second card.
async fn buy(app: &TestApp, learner: &Learner, course: &str) -> String {
    let checkout = learner.checkout(course).await;
    assert_eq!(app.pay(&checkout, DECLINED_CARD).await, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    checkout.session
}

/// A partial refund that fails later, and a dispute that is won: nothing is lost in the end.
async fn refund_and_dispute(app: &TestApp, intent: &str) {
    let refund = app.refund(intent, &[("amount", "1000")]).await;
    app.test_action(&format!("refunds/{refund}/fail")).await;
    let dispute = app.dispute(intent, "chargeback").await;
    for status in ["under_review", "won"] {
        app.test_action(&format!("disputes/{dispute}/{status}")).await;
    }
}
