//! Shows the policy: what the catalog says of it, and what it refuses, with the figures.

use axum::http::StatusCode;
use jiff::Timestamp;
use local::Options;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::time::DAY;

#[tokio::test]
async fn the_catalog_shows_the_policy() {
    let app = TestApp::start().await;
    let catalog = app.as_learner("ada").await.get("/catalog").await.expect(200);
    assert_eq!(catalog["refund_policy"], json!({"window_days": 14, "max_progress_percent": 100, "automatic": false}));

    let options =
        Options::ephemeral().with_variable("REFUND_WINDOW_DAYS", "0").with_variable("REFERRAL_HOLD_DAYS", "15");
    let options = options.with_variable("REFUND_MAX_PROGRESS", "30").with_variable("REFUND_AUTOMATIC", "true");
    let app = TestApp::start_with(options).await;
    let catalog = app.as_learner("ada").await.get("/catalog").await.expect(200);
    assert_eq!(catalog["refund_policy"], json!({"window_days": 0, "max_progress_percent": 30, "automatic": true}));
}

#[tokio::test]
async fn after_the_window_a_refund_cannot_be_asked_for_and_an_open_request_stays() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (early, late) = (ada.buy(COURSE).await, ada.buy("fine-tuning").await);
    ada.refund_request(&early).await;
    app.advance(15 * DAY).await;
    let refused = ada.ask_for_refund(&late).await;
    refused.expect_problem(409, "refund_window_over");
    let payment = ada.payment(&late).await;
    assert_eq!(refused.body["window_days"], 14);
    assert_eq!(refused.body["refundable_until"], payment["refundable"]["until"]);
    assert_eq!(payment["refundable"]["reason"], "refund_window_over");
    assert_eq!(ada.request_status(&early).await, "open");
}

#[tokio::test]
async fn the_window_begins_when_a_bank_debit_has_arrived() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout(COURSE).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    let intent = app.payment_intent_of(&checkout.session).await;
    app.advance(8 * DAY).await;
    app.test_action(&format!("bank_debits/{intent}/succeed")).await;
    app.settle().await;
    assert_eq!(days_to_ask(&ada.payment(&intent).await), 8 + 14);
    app.advance(13 * DAY).await;
    ada.refund_request(&intent).await;
}

#[tokio::test]
async fn the_window_of_an_invoice_begins_when_it_is_paid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let failed = ada.payments().await[0].clone();
    assert_eq!(failed["status"], "failed");
    app.advance(2 * DAY).await;
    app.set_card(&id, "visa").await;
    let invoice = failed["id"].as_str().unwrap();
    app.stripe_post(&format!("/v1/invoices/{invoice}/pay"), &[]).await;
    app.settle().await;
    let paid = ada.payment(invoice).await;
    assert_eq!((&paid["status"], &paid["created_at"]), (&json!("paid"), &failed["created_at"]));
    assert!(days_to_ask(&paid) > 14, "{paid}");
}

/// How many days after its creation a refund of a payment can be asked for.
fn days_to_ask(payment: &Value) -> i64 {
    let seconds = |time: &Value| time.as_str().unwrap().parse::<Timestamp>().unwrap().as_second();
    (seconds(&payment["refundable"]["until"]) - seconds(&payment["created_at"])) / 86_400
}

#[tokio::test]
async fn without_a_window_a_refund_can_be_asked_for_at_any_time() {
    let app = TestApp::start_with(
        Options::ephemeral().with_variable("REFUND_WINDOW_DAYS", "0").with_variable("REFERRAL_HOLD_DAYS", "15"),
    )
    .await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    app.advance(400 * DAY).await;
    assert_eq!(ada.payment(&intent).await["refundable"], json!({"allowed": true, "reason": null, "until": null}));
    ada.refund_request(&intent).await;
}

#[tokio::test]
async fn too_much_progress_is_refused_with_the_figures_and_undoing_a_step_does_not_help() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("REFUND_MAX_PROGRESS", "30")).await;
    let ada = app.as_learner("ada").await;
    // Three steps.
    let intent = ada.buy(COURSE).await;
    assert_eq!(ada.payment(&intent).await["refundable"]["allowed"], true);
    ada.complete(COURSE, &["chunking"]).await;
    assert_eq!(ada.payment(&intent).await["refundable"]["reason"], "too_much_progress");
    let refused = ada.ask_for_refund(&intent).await;
    refused.expect_problem(409, "too_much_progress");
    assert_eq!((&refused.body["progress_percent"], &refused.body["max_progress_percent"]), (&json!(33), &json!(30)));
    assert_eq!(ada.try_undo(COURSE, "chunking").await.expect(200)["percent"], 0);
    let refused = ada.ask_for_refund(&intent).await;
    refused.expect_problem(409, "too_much_progress");
    assert_eq!(refused.body["progress_percent"], 33);
}

#[tokio::test]
async fn a_certificate_ends_the_right_to_ask() {
    const COURSE: &str = "ai-in-4-weekends";
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let course = ada.course(COURSE).await;
    let modules = course["modules"].as_array().unwrap().iter();
    let steps = modules.flat_map(|module| module["steps"].as_array().unwrap());
    let steps: Vec<&str> = steps.map(|step| step["id"].as_str().unwrap()).collect();
    ada.complete(COURSE, &steps).await;
    assert_eq!(ada.payment(&intent).await["refundable"]["allowed"], true, "finishing alone does not");
    ada.ask_for_certificate(COURSE, "Ada Lovelace").await.expect(201);
    ada.ask_for_refund(&intent).await.expect_problem(409, "certificate_issued");
    assert_eq!(ada.payment(&intent).await["refundable"]["reason"], "certificate_issued");
}
