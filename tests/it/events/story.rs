//! The school's week that the files tell of. It is played on the stand-in, so every object is one that Stripe would
//! send, and exists when a function asks for it.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::members;
use crate::support::app::{DECLINED, Learner, PAYS, TestApp};
use crate::support::stripe::post;

/// A played week. No webhook was delivered: the files are the deliveries.
pub(super) struct Story {
    pub(super) app: TestApp,
    /// Who bought.
    pub(super) ada: Learner,
    /// The session of the paid checkout.
    pub(super) session: String,
    /// When it began, in unix seconds.
    pub(super) began: i64,
}

impl Story {
    pub(super) async fn play() -> Self {
        let app = TestApp::start().await;
        let began = Timestamp::now().as_second();
        app.stack.stand_in().unwrap().hold_deliveries();
        let ada = app.ada().await;
        members::come_and_go(&app, &ada).await;
        change_the_catalog(&app).await;
        pay_late(&app, &ada, "fine-tuning", "succeed").await;
        pay_late(&app, &ada, "ai-engineer-track", "fail").await;
        give_up(&app, &ada, "ai-in-4-weekends").await;
        let session = buy(&app, &ada, "vector-search").await;
        take_back(&app, &session).await;
        Self { app, ada, session, began }
    }

    /// The story's last event of this type, as Stripe delivers it.
    pub(super) async fn event(&self, kind: &str) -> Value {
        if kind == "price.deleted" {
            return self.deleted_price().await;
        }
        let events = self.app.events(kind).await;
        let mut event = events.last().unwrap_or_else(|| panic!("the story has no {kind}")).clone();
        // Who asked for it is another one in every run, and a second may or may not have passed.
        event["request"] = json!({ "id": null, "idempotency_key": null });
        if let Some(previous) = event["data"].get_mut("previous_attributes").and_then(Value::as_object_mut) {
            previous.remove("updated");
        }
        event
    }

    /// Neither Stripe's API nor the stand-in deletes prices; Stripe does when test data is cleared.
    async fn deleted_price(&self) -> Value {
        let mut event = self.app.events("price.updated").await.pop().unwrap();
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
    let old = post(app, "/v1/products", &form).await;
    let deleted = app.stripe(Method::DELETE, &format!("/v1/products/{}", old["id"].as_str().unwrap()), &[]).await;
    deleted.expect(200);

    let found = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", "vector-search_usd")]).await.expect(200);
    let id = |field: &str| found["data"][0][field].as_str().unwrap().to_owned();
    post(app, &format!("/v1/products/{}", id("product")), &[("description", "One course, for good. Now in colour.")])
        .await;
    post(app, &format!("/v1/prices/{}", id("id")), &[("nickname", "The usual price")]).await;
}

/// Pays by bank debit, which completes unpaid and ends days later.
async fn pay_late(app: &TestApp, learner: &Learner, course: &str, end: &str) {
    let checkout = app.checkout(learner, course).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.press(&format!("bank_debits/{}/{end}", app.intent(&checkout.session).await)).await;
}

async fn give_up(app: &TestApp, learner: &Learner, course: &str) {
    let checkout = app.checkout(learner, course).await;
    assert_eq!(app.pay(&checkout, DECLINED).await, StatusCode::PAYMENT_REQUIRED);
    post(app, &format!("/v1/checkout/sessions/{}/expire", checkout.session), &[]).await;
}

/// Buys with the second card.
async fn buy(app: &TestApp, learner: &Learner, course: &str) -> String {
    let checkout = app.checkout(learner, course).await;
    assert_eq!(app.pay(&checkout, DECLINED).await, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    checkout.session
}

/// A partial refund that fails later, and a dispute that is won: nothing is lost in the end.
async fn take_back(app: &TestApp, session: &str) {
    let intent = app.intent(session).await;
    let refund = app.refund(&intent, &[("amount", "1000")]).await;
    app.press(&format!("refunds/{refund}/fail")).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    for status in ["under_review", "won"] {
        app.press(&format!("disputes/{dispute}/{status}")).await;
    }
}
