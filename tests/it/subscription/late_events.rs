//! Shows that no change and no sale is decided by what a late webhook has not told yet: Stripe is asked first.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// A learner whose renewal has failed at Stripe, while the table knows of the paid period only. Returns the subscription, too.
async fn with_unseen_failure(app: &TestApp) -> (Learner, String) {
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;
    app.hold_webhooks();
    app.advance(32 * DAY).await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "past_due");
    (ada, id)
}

async fn invoice_statuses(app: &TestApp, subscription: &str) -> Vec<Value> {
    app.invoices_at_stripe(subscription).await.iter().map(|invoice| invoice["status"].clone()).collect()
}

#[tokio::test]
async fn a_cancellation_voids_the_invoice_of_a_renewal_that_failed_unseen() {
    for request in [json!({}), json!({"immediately": true})] {
        let app = TestApp::start().await;
        let (ada, id) = with_unseen_failure(&app).await;
        // Stripe's next try would succeed.
        app.set_card(&id, "visa").await;
        let canceled = ada.post(CANCEL, &request).await.expect(200);
        assert_eq!((&canceled["status"], &canceled["has_access"]), (&json!("canceled"), &json!(false)), "{request}");
        assert_eq!(invoice_statuses(&app, &id).await, ["void", "paid"], "{request}");
        app.advance(32 * DAY).await;
        assert_eq!(app.events("invoice.paid").await.len(), 1, "{request}: nothing more is taken");
    }
}

#[tokio::test]
async fn a_cancellation_voids_an_invoice_that_was_written_off() {
    let app = TestApp::start().await;
    let (ada, id) = with_unseen_failure(&app).await;
    let invoice = app.subscription_at_stripe(&id).await["latest_invoice"].as_str().unwrap().to_owned();
    app.stripe_post(&format!("/v1/invoices/{invoice}/mark_uncollectible"), &[]).await;
    assert_eq!(ada.post(CANCEL, json!({})).await.expect(200)["status"], "canceled");
    assert_eq!(invoice_statuses(&app, &id).await, ["void", "paid"]);
}

#[tokio::test]
async fn canceling_what_has_ended_unseen_shows_that_it_ended() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.hold_webhooks();
    app.cancel_at_stripe(&id).await;
    assert_eq!(ada.post(CANCEL, json!({})).await.expect(200)["status"], "canceled");
    ada.post(RESUME, json!({})).await.expect_problem(409, "subscription_ended");
}

#[tokio::test]
async fn a_plan_is_not_changed_after_a_renewal_that_failed_unseen() {
    let app = TestApp::start().await;
    let (ada, id) = with_unseen_failure(&app).await;
    app.set_card(&id, "visa").await;
    let invoices = app.invoices_at_stripe(&id).await.len();
    for route in [PREVIEW, CHANGE] {
        ada.post(route, plus()).await.expect_problem(409, "payment_problem");
    }
    assert_eq!(app.invoices_at_stripe(&id).await.len(), invoices, "nothing is charged");
}

#[tokio::test]
async fn a_plan_is_not_changed_after_an_unseen_dispute_or_refund() {
    for what in ["open dispute", "lost dispute", "refund"] {
        let app = TestApp::start().await;
        let ada = app.as_learner("ada").await;
        let id = ada.subscribe(premium()).await;
        let intent = app.last_payment_intent("payment_intent.succeeded").await;
        app.hold_webhooks();
        if what == "refund" {
            app.refund(&intent, &[]).await;
        } else {
            let dispute = app.dispute(&intent, "chargeback").await;
            if what == "lost dispute" {
                app.test_action(&format!("disputes/{dispute}/lost")).await;
            }
        }
        // A lost dispute ends the subscription, as its event would have.
        let code = if what == "lost dispute" { "subscription_ended" } else { "payment_problem" };
        for route in [PREVIEW, CHANGE] {
            ada.post(route, plus()).await.expect_problem(409, code);
        }
        assert_eq!(app.invoices_at_stripe(&id).await.len(), 1, "{what}: nothing is charged");
        assert_eq!(ada.access(COURSE).await["has_access"], false, "{what}");
    }
}

/// The latest invoice is that of the change; the period's own is an earlier one.
#[tokio::test]
async fn a_refund_of_the_period_is_found_behind_a_change() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let intent = app.last_payment_intent("payment_intent.succeeded").await;
    ada.change_plan(plus()).await;
    app.settle().await;
    app.hold_webhooks();
    app.refund(&intent, &[]).await;
    let year = json!({"plan_id": "plus", "interval": "year"});
    ada.post(CHANGE, year).await.expect_problem(409, "payment_problem");
}

#[tokio::test]
async fn the_return_page_opens_what_a_bank_debit_has_paid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    let intent = app.last_payment_intent("payment_intent.processing").await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_payment_pending");

    app.hold_webhooks();
    app.test_action(&format!("bank_debits/{intent}/succeed")).await;
    let page = ada.return_page(&checkout.session).await.expect(200);
    assert_eq!((&page["payment_status"], &page["fulfilled"]), (&json!("paid"), &json!(true)));
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_plan_is_sold_again_when_the_last_subscription_has_ended_unseen() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    app.settle().await;
    app.hold_webhooks();
    ada.post("/checkout/sessions", premium()).await.expect_problem(409, "already_owned");

    app.advance(32 * DAY).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    ada.post("/checkout/sessions", premium()).await.expect(201);
}

#[tokio::test]
async fn a_plan_is_sold_again_when_the_last_subscription_was_ended_in_its_period_unseen() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.hold_webhooks();
    ada.post("/checkout/sessions", premium()).await.expect_problem(409, "already_owned");
    app.cancel_at_stripe(&id).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "as far as the table knows");

    ada.post("/checkout/sessions", premium()).await.expect(201);
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
}

/// Its event is never delivered.
#[tokio::test]
async fn a_plan_is_sold_again_when_a_trial_was_ended_unseen() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "premium"})).await;
    app.hold_webhooks();
    app.cancel_at_stripe(&id).await;
    ada.post("/checkout/sessions", plus()).await.expect(201);
}

#[tokio::test]
async fn a_plan_is_not_sold_twice_when_its_renewal_was_not_seen() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    app.hold_webhooks();
    app.advance(40 * DAY).await;
    ada.post("/checkout/sessions", premium()).await.expect_problem(409, "already_owned");
    assert_eq!(ada.access_reason(COURSE).await, "subscribed", "the renewal is known now");
}
