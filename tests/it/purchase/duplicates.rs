//! Shows that a second paid purchase of the same course is kept and listed for an operator.

use std::collections::BTreeSet;

use reqwest::StatusCode;

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::hosted_page::Checkout;

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
