//! Shows how a subscription is canceled and resumed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, RESUME, SUBSCRIPTION, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

#[tokio::test]
async fn a_subscription_is_canceled_at_its_period_end_and_resumed() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;

    let canceled = ada.call(Method::POST, CANCEL, None).await.expect(200);
    assert_eq!(canceled["cancel_at_period_end"], true);
    assert_eq!(canceled["cancel_at"], canceled["current_period_end"]);
    assert_eq!((&canceled["has_access"], &canceled["until"]), (&json!(true), &canceled["current_period_end"]));
    assert!(canceled.get("next_invoice_amount").is_none(), "it will not be renewed: {canceled}");
    assert_eq!(ada.subscription().await, canceled, "the table was written before the response was sent");
    assert_eq!(ada.post(CANCEL, json!({})).await.expect(200), canceled, "asking again");
    app.settle().await;
    let updates = app.events("customer.subscription.updated").await.len();

    let resumed = ada.call(Method::POST, RESUME, None).await.expect(200);
    assert_eq!((&resumed["cancel_at_period_end"], &resumed["cancel_at"]), (&json!(false), &Value::Null));
    assert_eq!(resumed["next_invoice_amount"], 1_900);
    ada.post(RESUME, json!({"subscription_id": id})).await.expect_problem(409, "not_canceling");

    // Canceled again, it has another idempotency key: Stripe does not replay its first answer.
    assert_eq!(ada.post(CANCEL, json!({})).await.expect(200)["cancel_at_period_end"], true);
    assert_eq!(app.events("customer.subscription.updated").await.len(), updates + 2);
    assert_eq!(app.subscription_at_stripe(&id).await["cancel_at_period_end"], true);
    app.settle().await;
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_cancellation_on_a_chosen_day_can_be_taken_back_too() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let end = app.subscription_at_stripe(&id).await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    app.update_subscription(&id, &[("cancel_at", &(end - 86_400).to_string())]).await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["cancel_at_period_end"], &shown["cancel_at"]), (&json!(false), &shown["until"]));

    let resumed = ada.post(RESUME, json!({})).await.expect(200);
    assert_eq!(resumed["cancel_at"], Value::Null);
    assert_eq!(app.subscription_at_stripe(&id).await["cancel_at"], Value::Null);
}

#[tokio::test]
async fn a_subscription_that_is_canceled_at_once_is_over_for_good() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.hold_webhooks();
    let ended = ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
    assert_eq!(
        (&ended["status"], &ended["has_access"], &ended["because"]["reason"]),
        (&json!("canceled"), &json!(false), &json!("subscription_ended"))
    );
    assert!(ended["ended_at"].is_string(), "{ended}");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended", "no webhook was needed");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 1, "nothing is charged or given back");
    for (path, body) in
        [(CANCEL, json!({})), (CANCEL, json!({"immediately": true})), (RESUME, json!({})), (CHANGE, plus())]
    {
        let refused = ada.post(path, &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "subscription_ended"), "{path}");
    }
}

#[tokio::test]
async fn an_end_that_no_webhook_reported_is_noticed_by_the_next_request() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.hold_webhooks();
    app.stripe_delete(&format!("/v1/subscriptions/{id}")).await;
    assert_eq!(ada.subscription().await["status"], "active", "no webhook reported it");
    ada.post(CHANGE, plus()).await.expect_problem(409, "subscription_ended");
    assert_eq!(ada.subscription().await["status"], "canceled");

    let grace = app.as_learner("grace").await;
    let (id, _) = grace.subscribe_without_webhooks().await;
    let session = app.last_event("checkout.session.completed").await["data"]["object"]["id"].clone();
    grace.return_page(session.as_str().unwrap()).await.expect(200);
    app.stripe_delete(&format!("/v1/subscriptions/{id}")).await;
    let ended = grace.post(CANCEL, json!({"immediately": true})).await.expect(200);
    assert_eq!(ended["status"], "canceled", "it was canceled already");
}

#[tokio::test]
async fn after_a_canceled_subscription_has_ended_another_one_is_sold() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.subscribe(premium()).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    app.advance(32 * DAY).await;
    let ended = ada.subscription().await;
    assert_eq!((&ended["status"], &ended["has_access"]), (&json!("canceled"), &json!(false)));
    let second = ada.subscribe(premium()).await;
    assert_eq!(ada.subscription().await["subscription_id"], second);
    let named = ada.get(&format!("{SUBSCRIPTION}?subscription_id={first}")).await.expect(200);
    assert_eq!((&named["status"], &named["has_access"]), (&json!("canceled"), &json!(true)), "the second one opens it");
}

#[tokio::test]
async fn a_paused_subscription_resumes_when_its_invoice_is_paid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.stripe_post(&format!("/v1/subscriptions/{id}/pause"), &[("type", "subscription")]).await;
    app.settle().await;
    assert_eq!(ada.subscription().await["because"]["reason"], "subscription_paused");
    app.set_card(&id, FAILING_CARD).await;
    let refused = ada.post(RESUME, json!({})).await;
    refused.expect_problem(402, "payment_required");
    assert!(refused.body["hosted_invoice_url"].is_string(), "{}", refused.body);
    let invoices = app.invoices_at_stripe(&id).await.len();
    assert_eq!(ada.post(RESUME, json!({})).await.code(), "payment_required");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), invoices, "the invoice is made once");

    app.set_card(&id, "visa").await;
    let open = app.invoices_at_stripe(&id).await.remove(0);
    app.stripe_post(&format!("/v1/invoices/{}/pay", open["id"].as_str().unwrap()), &[]).await;
    app.settle().await;
    assert_eq!(ada.subscription().await["status"], "active");
}
