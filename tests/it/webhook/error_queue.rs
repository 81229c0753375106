//! Shows that an event that cannot be applied is not lost: it waits in the error queue until a retry succeeds.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;

/// While Stripe is unavailable the delivery of a refund fails and is recorded, and a later one succeeds.
#[tokio::test]
async fn a_failed_event_stays_in_the_error_queue_until_a_retry_succeeds() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    app.hold_webhooks();
    app.refund(&intent, &[]).await;
    let refunded = app.events("charge.refunded").await.remove(0);

    for attempts in [1, 2] {
        stripe.reset();
        stripe.inject(Fault::CrashBefore(1));
        app.deliver(&refunded).await.expect_problem(500, "event_failed");
        let failures = app.failures().await;
        assert_eq!(failures.len(), 1);
        let failure = &failures[0];
        assert_eq!((failure.code.as_str(), failure.attempts), ("stripe_failed", attempts));
        assert_eq!(failure.kind, "charge.refunded");
        let kept: Value = serde_json::from_str(&failure.payload).unwrap();
        for name in ["id", "type", "created", "livemode"] {
            assert_eq!(kept[name], refunded[name], "{name}");
        }
        let (kept, sent) = (&kept["data"]["object"], &refunded["data"]["object"]);
        for name in ["id", "object", "metadata", "customer", "payment_intent"] {
            assert_eq!(kept[name], sent[name], "{name}");
        }
    }
    assert_eq!(ada.access_reason(COURSE).await, "purchased", "nothing is half-written");

    stripe.reset();
    let kept: Value = serde_json::from_str(&app.failures().await[0].payload).unwrap();
    app.deliver(&kept).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
    assert_eq!(app.deliver(&refunded).await.expect(200)["outcome"], "duplicate");
    assert!(app.failures().await.is_empty(), "the entry closes");
}

#[tokio::test]
async fn while_the_table_is_unavailable_stripe_is_told_to_retry() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout(COURSE).await;
    proxy.reset();
    proxy.inject(Fault::CrashBefore(1));
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;
    ada.get(&format!("/courses/{COURSE}/access")).await.expect_problem(503, "store_unavailable");

    proxy.reset();
    for event in app.events("checkout.session.completed").await {
        let id = event["id"].as_str().unwrap();
        app.test_action(&format!("events/{id}/redeliver")).await;
    }
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn an_event_of_ours_without_a_learner_is_not_acknowledged() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, mut completed) = ada.buy_without_webhooks(COURSE).await;
    completed["data"]["object"]["metadata"] = json!({"tuition_app": "tuition"});

    app.deliver(&completed).await.expect_problem(500, "event_failed");
    let failures = app.failures().await;
    assert_eq!((failures.len(), failures[0].code.as_str(), failures[0].attempts), (1, "incomplete_metadata", 1));
    assert!(app.rows_of("USER#", "ACCESS#").await.is_empty());
}

#[tokio::test]
async fn a_failed_event_is_stored_without_personal_data_and_can_be_applied_again() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, mut completed) = ada.buy_without_webhooks(COURSE).await;
    completed["data"]["object"]["customer_details"] = json!({"email": "ada@example.com", "name": "Ada Lovelace"});
    completed["data"]["object"]["metadata"]["nickname"] = json!("Countess");
    // The object of an old event is fetched, and Stripe does not answer.
    completed["created"] = json!(0);
    stripe.reset();
    stripe.inject(Fault::CrashBefore(1));
    assert_eq!(app.deliver(&completed).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let kept = app.failures().await.remove(0);
    for personal in ["ada@example.com", "Lovelace", "Countess"] {
        assert!(!kept.payload.contains(personal), "{}", kept.payload);
    }

    stripe.reset();
    let again: Value = serde_json::from_str(&kept.payload).unwrap();
    assert_eq!(app.deliver(&again).await.expect(200)["outcome"], "applied");
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(app.failures().await, []);
}
