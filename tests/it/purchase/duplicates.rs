//! Shows that what a learner has paid for twice is kept, listed for an operator, and reported in the log.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::json;
use shared::telemetry;
use tracing::subscriber::DefaultGuard;

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::hosted_page::Checkout;
use crate::support::learner::Learner;
use crate::support::logs::LogMemory;

/// A session that sells the same as `first` does to the same learner, created outside of our checkout.
async fn another_session(app: &TestApp, first: &Checkout) -> Checkout {
    let session = app.session_at_stripe(&first.session).await;
    let metadata = session["metadata"].as_object().unwrap();
    let mut form: Vec<(String, &str)> = Vec::new();
    for (name, value) in metadata {
        for on in ["metadata", "payment_intent_data[metadata]"] {
            form.push((format!("{on}[{name}]"), value.as_str().unwrap()));
        }
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    app.create_session("payment", metadata["tuition_price"].as_str().unwrap(), &form).await
}

/// The purchases that the operator's tool lists.
async fn duplicates(app: &TestApp) -> Vec<String> {
    let found = cli::purchases::find_duplicates(&app.store()).await.unwrap();
    found.iter().map(|duplicate| duplicate.purchase.to_string()).collect()
}

/// What this thread logs from now on: the whole stack of a test runs on its thread.
fn remember_logs() -> (LogMemory, DefaultGuard) {
    let memory = LogMemory::default();
    let writer = memory.clone();
    let subscriber = telemetry::subscriber("warn".parse().unwrap(), move || writer.clone());
    (memory, tracing::subscriber::set_default(subscriber))
}

const REPORT: &str = "a learner has paid for the same twice: tuition purchases duplicates";

/// Opens the page of the bundle with the course.
async fn bundle_page(learner: &Learner) -> Checkout {
    let catalog = learner.get("/catalog").await.expect(200);
    let bundle = catalog["products"].as_array().unwrap().iter().find(|one| one["id"] == "practice-bundle").unwrap();
    learner.checkout_with(json!({"price_id": bundle["prices"][0]["price_id"]})).await
}

async fn pay(app: &TestApp, checkout: &Checkout) {
    assert_eq!(app.pay(checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
}

#[tokio::test]
async fn a_second_paid_purchase_of_a_course_is_kept_and_listed_for_operators() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.checkout(COURSE).await;
    let second = another_session(&app, &first).await;
    for checkout in [&first, &second] {
        assert_eq!(app.pay(checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
        app.settle().await;
    }
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 2, "both are kept");
    let (one, other) = (app.payment_intent_of(&first.session).await, app.payment_intent_of(&second.session).await);
    // Both may be of the same second.
    assert_eq!(BTreeSet::from_iter(duplicates(&app).await), BTreeSet::from([one, other.clone()]));

    app.refund(&other, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(duplicates(&app).await, [""; 0], "a refunded one is not listed");
}

/// Neither was in the table when the other was written.
#[tokio::test]
async fn two_purchases_that_are_applied_at_the_same_time_are_both_listed() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let first = ada.checkout(COURSE).await;
    let second = another_session(&app, &first).await;
    for checkout in [&first, &second] {
        assert_eq!(app.pay(checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    }
    let completed = app.events("checkout.session.completed").await;
    let mut gate = proxy.hold("TransactWriteItems");
    let both = async { tokio::join!(app.deliver(&completed[0]), app.deliver(&completed[1])) };
    let release = async {
        gate.arrived(2).await;
        gate.release();
    };
    let ((one, other), ()) = tokio::join!(both, release);
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    assert_eq!(duplicates(&app).await.len(), 2);
}

/// Both pages were open; the bundle's courses are the course and another one.
#[tokio::test]
async fn a_course_that_is_paid_for_after_its_bundle_is_listed_and_reported() {
    let (logs, _guard) = remember_logs();
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let (single, bundle) = (ada.checkout(COURSE).await, bundle_page(&ada).await);
    pay(&app, &bundle).await;
    assert_eq!((duplicates(&app).await.len(), logs.count(REPORT)), (0, 0));
    pay(&app, &single).await;
    assert_eq!(duplicates(&app).await, [app.payment_intent_of(&single.session).await]);
    assert_eq!(logs.count(REPORT), 1);
}

/// Neither the course nor the bundle was in the table when the other was written.
#[tokio::test]
async fn a_course_and_its_bundle_that_are_applied_at_the_same_time_are_reported() {
    let (logs, _guard) = remember_logs();
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    for checkout in [ada.checkout(COURSE).await, bundle_page(&ada).await] {
        assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    }
    let completed = app.events("checkout.session.completed").await;
    let mut gate = proxy.hold("TransactWriteItems");
    let both = async { tokio::join!(app.deliver(&completed[0]), app.deliver(&completed[1])) };
    let release = async {
        gate.arrived(2).await;
        gate.release();
    };
    let ((one, other), ()) = tokio::join!(both, release);
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    assert_ne!(logs.count(REPORT), 0);
}

/// The learner may want the other course of the bundle.
#[tokio::test]
async fn a_bundle_that_is_paid_for_after_one_of_its_courses_is_not_reported() {
    let (logs, _guard) = remember_logs();
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.buy(COURSE).await;
    ada.buy_bundle("practice-bundle").await;
    assert_eq!(logs.count(REPORT), 0);
}

#[tokio::test]
async fn a_refund_that_fails_after_the_course_was_bought_again_is_reported() {
    let (logs, _guard) = remember_logs();
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.buy(COURSE).await;
    let refund = app.refund(&first, &[]).await;
    ada.buy(COURSE).await;
    assert_eq!((duplicates(&app).await.len(), logs.count(REPORT)), (0, 0));
    app.test_action(&format!("refunds/{refund}/fail")).await;
    assert_eq!((duplicates(&app).await.len(), logs.count(REPORT)), (2, 1));
}

#[tokio::test]
async fn a_dispute_that_is_won_after_the_course_was_bought_again_is_reported() {
    let (logs, _guard) = remember_logs();
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.buy(COURSE).await;
    let dispute = app.dispute(&first, "chargeback").await;
    app.test_action(&format!("disputes/{dispute}/lost")).await;
    ada.buy(COURSE).await;
    assert_eq!((duplicates(&app).await.len(), logs.count(REPORT)), (0, 0));
    app.test_action(&format!("disputes/{dispute}/won")).await;
    assert_eq!((duplicates(&app).await.len(), logs.count(REPORT)), (2, 1));
}
