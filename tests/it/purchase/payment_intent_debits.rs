//! Shows what a bank debit does to a payment intent: it is pending for days, cannot be canceled, and may fail and be tried again.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::payment_intents::PAYMENT_INTENTS;
use crate::support::time::DAY;

#[tokio::test]
async fn a_bank_debit_is_pending_until_its_money_arrives() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.debit_intent(&intent).await;
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "payment_pending");
    assert_eq!(ada.show_intent(&intent).await.expect(200), json!({"status": "processing", "fulfilled": false}));
    for path in [PAYMENT_INTENTS, "/checkout/sessions"] {
        ada.post(path, json!({"course_id": COURSE})).await.expect_problem(409, "payment_pending");
    }
    app.test_action(&format!("bank_debits/{intent}/succeed")).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(ada.show_intent(&intent).await.expect(200)["fulfilled"], true);
}

#[tokio::test]
async fn a_bank_debit_is_pending_for_a_checkout_before_its_event_has_come() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    app.debit_intent(&ada.payment_intent(COURSE).await).await;
    for path in [PAYMENT_INTENTS, "/checkout/sessions"] {
        ada.post(path, json!({"course_id": COURSE})).await.expect_problem(409, "payment_pending");
    }
    assert_eq!(ada.access_reason(COURSE).await, "payment_pending");
}

#[tokio::test]
async fn after_a_failed_bank_debit_the_same_payment_intent_is_paid_by_card() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.debit_intent(&intent).await;
    app.settle().await;
    app.test_action(&format!("bank_debits/{intent}/fail")).await;
    assert_eq!(ada.access_reason(COURSE).await, "payment_failed");
    assert_eq!(ada.payment_intent(COURSE).await, intent);
    app.pay_intent(&intent).await;
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

/// Canceling was refused while the debit was processing; Stripe repeats that refusal to the same idempotency key.
#[tokio::test]
async fn after_a_failed_bank_debit_a_session_cancels_the_payment_intent() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.debit_intent(&intent).await;
    ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect_problem(409, "payment_pending");
    let settled = format!("/_stand_in/bank_debits/{intent}/fail");
    app.stripe_request(reqwest::Method::POST, &settled, &[]).await;
    ada.checkout(COURSE).await;
    assert_eq!(app.intent_at_stripe(&intent).await["status"], "canceled");
    assert_eq!(ada.access_reason(COURSE).await, "payment_failed");
}

#[tokio::test]
async fn the_events_of_a_debit_in_any_order_end_in_the_same_access() {
    for (end, access) in [("succeed", "purchased"), ("fail", "payment_failed")] {
        for order in [[0, 1], [1, 0]] {
            let app = TestApp::start().await;
            app.hold_webhooks();
            let ada = app.as_learner("ada").await;
            let intent = ada.payment_intent(COURSE).await;
            app.debit_intent(&intent).await;
            let settled = format!("/_stand_in/bank_debits/{intent}/{end}");
            app.stripe_request(reqwest::Method::POST, &settled, &[]).await;
            let last = if end == "succeed" { "payment_intent.succeeded" } else { "payment_intent.payment_failed" };
            let events =
                [app.event_about("payment_intent.processing", &intent).await, app.event_about(last, &intent).await];
            for index in order {
                app.deliver(&events[index]).await.expect(200);
            }
            assert_eq!(ada.access_reason(COURSE).await, access, "{order:?}");
        }
    }
}

/// The slot's time is over, and the debit is still processing: it is looked at again every day.
#[tokio::test]
async fn a_bank_debit_outlives_the_time_of_its_slot() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.debit_intent(&intent).await;
    app.settle().await;
    for _ in 0..4 {
        app.advance(2 * DAY).await;
        assert_eq!(app.stack.reconcile().await.unwrap().canceled, 0);
        assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "open_payment_intent");
    }
    app.test_action(&format!("bank_debits/{intent}/fail")).await;
    app.advance(2 * DAY).await;
    assert_eq!(app.stack.reconcile().await.unwrap().canceled, 1);
    assert_eq!(app.intent_at_stripe(&intent).await["status"], "canceled");
    assert_eq!(ada.access_reason(COURSE).await, "payment_failed");
}
