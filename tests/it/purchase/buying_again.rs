//! Shows that a course is not sold twice to a learner, not even in a race, and when it can be bought again.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;

/// The webhook commits after checkout has read the facts, and before it fetches the session.
#[tokio::test(flavor = "multi_thread")]
async fn a_course_paid_for_while_checkout_calls_stripe_is_not_sold_again() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let first = ada.checkout(COURSE).await;
    let mut gate = stripe.hold(&format!("GET /v1/checkout/sessions/{}", first.session));
    let request = json!({"course_id": COURSE});
    let (again, ()) = tokio::join!(ada.post("/checkout/sessions", &request), async {
        gate.arrived(1).await;
        app.pay(&first, VALID_CARD).await;
        let completed = app.event_about("checkout.session.completed", &first.session).await;
        app.deliver(&completed).await.expect(200);
        gate.release();
    });
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    again.expect_problem(409, "already_owned");
}

/// The webhook commits while the slot is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_course_paid_for_while_the_slot_is_read_is_not_sold_again() {
    let (app, table) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let first = ada.checkout(COURSE).await;
    let mut gate = table.hold("BatchGetItem");
    let request = json!({"course_id": COURSE});
    let (again, ()) = tokio::join!(ada.post("/checkout/sessions", &request), async {
        gate.arrived(1).await;
        app.pay(&first, VALID_CARD).await;
        let completed = app.event_about("checkout.session.completed", &first.session).await;
        app.deliver(&completed).await.expect(200);
        gate.release();
    });
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    again.expect_problem(409, "already_owned");
}

/// A failed request releases the slot that it reserved, but not when another one has opened a session under the same reservation.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_request_does_not_close_the_session_of_a_parallel_one() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let code = app.create_promotion_code("TEN", "10", &[]).await;
    let request = json!({"course_id": COURSE, "promotion_code": "TEN"});
    let mut first = stripe.hold("POST /v1/checkout/sessions");
    let successful = ada.post("/checkout/sessions", &request);
    let failing = async {
        first.arrived(1).await;
        let mut second = stripe.hold("GET /v1/promotion_codes");
        let failing = ada.post("/checkout/sessions", &request);
        let deactivate_the_code = async {
            second.arrived(1).await;
            first.release();
            while app.open_sessions().await.is_empty()
                || app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"] != "open"
            {
                tokio::task::yield_now().await;
            }
            let path = format!("/v1/promotion_codes/{}", code["id"].as_str().unwrap());
            app.stripe_post(&path, &[("active", "false")]).await;
            second.release();
        };
        tokio::join!(failing, deactivate_the_code).0
    };
    let (successful, failed) = tokio::join!(successful, failing);
    successful.expect(201);
    failed.expect_problem(400, "invalid_promotion_code");
    assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "open");
    ada.post("/checkout/sessions", json!({"course_id": COURSE})).await.expect(201);
    assert_eq!(app.open_sessions().await.len(), 1, "two sessions are open");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_dispute_the_course_can_be_bought_again() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let dispute = app.dispute(&intent, "chargeback").await;
    app.test_action(&format!("disputes/{dispute}/lost")).await;
    let again = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await;
    assert!(again.status.is_success());
}

/// The customer was deleted in the Dashboard.
#[tokio::test(flavor = "multi_thread")]
async fn a_learner_whose_customer_was_deleted_can_still_buy() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let read = app.stripe_get(&format!("/v1/payment_intents/{intent}")).await;
    let customer = read["customer"].as_str().unwrap();
    app.stripe_delete(&format!("/v1/customers/{customer}")).await;
    app.settle().await;
    let other = ada.post("/checkout/sessions", json!({"course_id": "fine-tuning"})).await;
    assert!(other.status.is_success());
}
