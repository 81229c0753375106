//! Shows that an account page learns of every unpaid period what is wrong with it, and what mends it.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, RESUME, plus, premium};
use crate::support::cards::{FAILING_CARD, VALID_CARD};
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// A subscription whose renewal failed, and whose invoice an operator closed then.
async fn close_failed_renewal(app: &TestApp, ada: &Learner, end: &str) -> String {
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let invoice = app.subscription_at_stripe(&id).await["latest_invoice"].as_str().unwrap().to_owned();
    app.stripe_post(&format!("/v1/invoices/{invoice}/{end}"), &[]).await;
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");
    invoice
}

#[tokio::test]
async fn an_invoice_that_was_written_off_is_shown_with_the_page_that_takes_its_payment() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let invoice = close_failed_renewal(&app, &ada, "mark_uncollectible").await;
    let problem = ada.subscription().await["payment_problem"].clone();
    assert_eq!(
        (&problem["kind"], &problem["invoice_id"], &problem["amount_due"]),
        (&json!("payment_failed"), &json!(invoice), &json!(1_900)),
        "{problem}"
    );
    let page = problem["hosted_invoice_url"].as_str().unwrap();
    assert_eq!(app.pay_invoice_page(page, VALID_CARD).await.as_u16(), 303);
    app.settle().await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["has_access"], &shown["payment_problem"]), (&json!(true), &Value::Null), "{shown}");
}

#[tokio::test]
async fn after_an_invoice_was_voided_only_another_subscription_helps() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    close_failed_renewal(&app, &ada, "void").await;
    let problem = ada.subscription().await["payment_problem"].clone();
    assert_eq!(
        (&problem["kind"], &problem["hosted_invoice_url"]),
        (&json!("invoice_voided"), &Value::Null),
        "{problem}"
    );
    ada.post(CHANGE, plus()).await.expect_problem(409, "payment_problem");
    ada.post(RESUME, json!({})).await.expect_problem(409, "not_canceling");
    ada.post("/checkout/sessions", premium()).await.expect_problem(409, "already_owned");

    let canceled = ada.post(CANCEL, json!({})).await.expect(200);
    assert_eq!((&canceled["status"], &canceled["payment_problem"]), (&json!("canceled"), &Value::Null));
    ada.subscribe(premium()).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

/// A renewal failed, and a change in the Dashboard that was paid made the subscription active.
#[tokio::test]
async fn an_open_invoice_of_the_period_is_shown_although_stripe_says_active() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let renewal = app.subscription_at_stripe(&id).await["latest_invoice"].as_str().unwrap().to_owned();
    app.set_card(&id, "visa").await;
    let item = app.subscription_at_stripe(&id).await["items"]["data"][0]["id"].as_str().unwrap().to_owned();
    let plus = app.price_at_stripe("plus_month_usd").await["id"].as_str().unwrap().to_owned();
    let form = [("items[0][id]", item.as_str()), ("items[0][price]", &plus), ("proration_behavior", "always_invoice")];
    let changed = app.update_subscription(&id, &form).await;
    assert_eq!(changed["status"], "active", "{changed}");
    assert_ne!(changed["latest_invoice"], renewal);
    let shown = ada.subscription().await;
    let problem = &shown["payment_problem"];
    assert_eq!((&problem["kind"], &problem["invoice_id"]), (&json!("payment_failed"), &json!(renewal)), "{shown}");
}

#[tokio::test]
async fn a_debit_that_is_processing_and_a_paused_collection_are_no_payment_problem() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.as_learner("ada").await, app.as_learner("bob").await);
    ada.subscribe_by_debit(premium()).await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["has_access"], &shown["payment_problem"]), (&json!(false), &Value::Null));

    let id = bob.subscribe(premium()).await;
    app.update_subscription(&id, &[("pause_collection[behavior]", "void")]).await;
    app.advance(32 * DAY).await;
    let shown = bob.subscription().await;
    assert_eq!((&shown["has_access"], &shown["payment_problem"]), (&json!(false), &Value::Null));
}
