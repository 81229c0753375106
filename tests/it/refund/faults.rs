//! Shows that a lost answer, a server error and a refusal of Stripe's make no second refund, and lose none.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::{Fault, KeyFault};
use crate::support::time::DAY;

#[tokio::test]
async fn each_fault_of_the_refunds_call_leaves_one_refund() {
    for fault in [KeyFault::FailsBefore, KeyFault::FailsAfter, KeyFault::LosesAnswer] {
        let (app, stripe) = TestApp::start_with_stripe_proxy().await;
        let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
        let intent = ada.buy(COURSE).await;
        let request = ada.refund_request(&intent).await;
        stripe.inject_into("POST /v1/refunds", fault);
        olga.approve(&request, json!({"amount": 1_000})).await.expect(200);
        app.settle().await;
        olga.approve(&request, json!({"amount": 1_000})).await.expect(200);
        assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1, "{fault:?}");
        assert_eq!(ada.request_status(&intent).await, "refunded", "{fault:?}");
    }
}

#[tokio::test]
async fn what_stripe_refuses_is_a_task_for_operators_again() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    stripe.inject_into("POST /v1/refunds", KeyFault::Refuses(400));
    olga.approve(&request, json!({})).await.expect_problem(502, "stripe_refused");
    assert_eq!(ada.request_status(&intent).await, "refund_failed");
    stripe.reset();
    assert_eq!(olga.approve(&request, json!({})).await.expect(200)["status"], "approved");
    app.settle().await;
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1);
    assert_eq!(ada.request_status(&intent).await, "refunded");
}

/// Stripe forgets idempotency keys; the refund's metadata names the approval.
#[tokio::test]
async fn an_approval_that_is_carried_out_again_days_later_finds_its_refund() {
    let app = TestApp::start().await;
    let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
    let intent = ada.buy(COURSE).await;
    let request = ada.refund_request(&intent).await;
    app.hold_webhooks();
    olga.approve(&request, json!({"amount": 1_000})).await.expect(200);
    app.stack.stand_in().unwrap().advance(3 * DAY).unwrap();
    assert_eq!(olga.approve(&request, json!({})).await.expect(200)["status"], "approved");
    assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1);
    app.release_webhooks();
    app.settle().await;
    assert_eq!(ada.request_status(&intent).await, "refunded");
}

/// A crash before or after every call to Stripe: a later approval goes on, once the crashed one's lock has expired.
#[tokio::test]
async fn a_crash_at_any_call_to_stripe_is_healed_by_approving_again() {
    let mut crashes = 0;
    for call in 1.. {
        let (app, stripe) = TestApp::start_with_stripe_proxy().await;
        let (ada, olga) = (app.as_learner("ada").await, app.as_operator("olga").await);
        let intent = ada.buy(COURSE).await;
        let request = ada.refund_request(&intent).await;
        stripe.reset();
        stripe.inject(if call % 2 == 1 { Fault::CrashBefore(call / 2 + 1) } else { Fault::CrashAfter(call / 2) });
        let crashed = olga.approve(&request, json!({"amount": 1_000})).await;
        stripe.reset();
        app.advance(DAY).await;
        olga.approve(&request, json!({"amount": 1_000})).await.expect(200);
        app.settle().await;
        assert_eq!(app.refunds_at_stripe(&intent).await.len(), 1, "call {call}");
        assert_eq!(ada.request_status(&intent).await, "refunded", "call {call}");
        if crashed.status == 200 {
            break;
        }
        crashed.expect_problem(503, "stripe_unavailable");
        crashes += 1;
    }
    assert!(crashes >= 6, "{crashes}: the payment's state takes two calls, the refund two more");
}
