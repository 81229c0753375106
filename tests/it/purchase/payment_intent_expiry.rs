//! Shows that a payment intent that nobody pays is canceled after a day, and that one that is paid too late is kept.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::payment_intents::PAYMENT_INTENTS;
use crate::support::time::{DAY, HOUR};

#[tokio::test]
async fn reconcile_cancels_a_payment_intent_after_a_day() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.advance(23 * HOUR).await;
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 0);
    assert_eq!(app.payable_intents().await, [intent.as_str()]);

    app.advance(2 * HOUR).await;
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 1);
    assert_eq!(app.intent_at_stripe(&intent).await["status"], "canceled");
    let slot = app.rows_of("USER#", "ACCESS_CHECKOUT#").await.remove(0);
    assert_eq!((&slot["state"], slot.get("operator_list")), (&json!("closed"), None));
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 0);
    assert_ne!(ada.payment_intent(COURSE).await, intent);
}

#[tokio::test]
async fn the_next_checkout_cancels_a_payment_intent_whose_time_is_over() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let first = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await.expect(201);
    app.advance(25 * HOUR).await;
    let second = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await.expect(201);
    assert_ne!(first["payment_intent_id"], second["payment_intent_id"]);
    assert_eq!(app.payable_intents().await, [second["payment_intent_id"].as_str().unwrap()]);
}

#[tokio::test]
async fn reconcile_fulfils_a_payment_intent_that_was_paid_at_the_last_moment() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.advance(25 * HOUR).await;
    app.pay_intent(&intent).await;
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 0);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "closed");
}

/// One that fails does not keep the others, and the next run tries it again.
#[tokio::test]
async fn a_payment_intent_that_cannot_be_canceled_is_tried_again_by_the_next_run() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let intents = [ada.payment_intent(COURSE).await, grace.payment_intent(COURSE).await];
    app.advance(25 * HOUR).await;
    stripe.reset();
    // The first look at the first of them.
    stripe.inject(Fault::Throttle(1));
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 1);
    assert_eq!(app.payable_intents().await.len(), 1);
    stripe.reset();
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 1);
    for intent in intents {
        assert_eq!(app.intent_at_stripe(&intent).await["status"], "canceled");
    }
}

/// Canceling was impossible: the slot had lost the payment intent, and it was paid all the same.
#[tokio::test]
async fn a_second_payment_that_slips_through_is_kept_and_listed_and_opens_nothing_twice() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = app.intent_at_stripe(&ada.payment_intent(COURSE).await).await;
    // One that sells the same, created outside of our checkout.
    let metadata = intent["metadata"].as_object().unwrap();
    let metadata: Vec<(String, &str)> =
        metadata.iter().map(|(name, value)| (format!("metadata[{name}]"), value.as_str().unwrap())).collect();
    let mut form = vec![("amount", "4900"), ("currency", "usd"), ("customer", intent["customer"].as_str().unwrap())];
    form.extend(metadata.iter().map(|(name, value)| (name.as_str(), *value)));
    let second = app.stripe_post("/v1/payment_intents", &form).await;
    for intent in [&intent, &second] {
        app.pay_intent(intent["id"].as_str().unwrap()).await;
        app.settle().await;
    }
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 2, "both are kept");
    let listed = cli::purchases::find_duplicates(&app.store()).await.unwrap();
    assert_eq!(listed.len(), 2);

    app.refund(second["id"].as_str().unwrap(), &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased", "the other one keeps it open");
    app.advance(DAY).await;
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 0);
}
