//! Shows that a crash, a lost answer or a conflict in the middle of a delivery leaves nothing half-written.
//!
//! The store runs the SDK's standard retries (three attempts) plus its own for cancelled transactions. Where a test
//! kills one call, those retries repeat it within the request; where a test crashes, every later call fails too, as it
//! would when the function is gone, and only the redelivery does the work.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::learner::Learner;

/// One purchase, one processed record, one transition, no open error.
async fn check_exactly_once(app: &TestApp, learner: &Learner, event: &Value, when: &str) {
    assert_eq!(learner.access_reason(COURSE).await, "purchased", "{when}");
    let partition = format!("USER#{}", learner.user);
    assert_eq!(app.rows_of(&partition, "ACCESS#").await.len(), 1, "{when}");
    assert_eq!(learner.transitions().await.len(), 1, "{when}");
    let slot = &app.rows_of(&partition, "ACCESS_CHECKOUT#").await[0];
    assert_eq!(slot["state"], "closed", "{when}");
    let object = &event["data"]["object"];
    let owner = app.rows_of(&format!("STRIPE#{}", object["payment_intent"].as_str().unwrap()), "OWNER").await;
    assert_eq!(owner.len(), 1, "{when}: owner of the payment");
    let events = app.rows_of(&format!("EVENT#{}", event["id"].as_str().unwrap()), "STATE").await;
    assert_eq!((events.len(), &events[0]["state"]), (1, &json!("processed")), "{when}");
    assert!(app.failures().await.is_empty(), "{when}");
}

/// Delivers under every fault that `plan` makes of 1, 2, .. until one comes too late to matter, then once more without.
async fn deliver_under(plan: fn(usize) -> Fault) -> Vec<u16> {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let mut first_answers = Vec::new();
    for n in 1.. {
        let learner = app.as_learner(&format!("learner{n}")).await;
        let (_, completed) = learner.buy_without_webhooks(COURSE).await;
        proxy.reset();
        proxy.inject(plan(n));
        let first = app.deliver(&completed).await;
        let reached = proxy.calls().len() >= n;
        proxy.reset();
        first_answers.push(first.status.as_u16());
        let second = app.deliver(&completed).await;
        assert_eq!(second.status, 200, "{:?}: {}", plan(n), second.body);
        check_exactly_once(&app, &learner, &completed, &format!("{:?}", plan(n))).await;
        if !reached {
            return first_answers;
        }
    }
    unreachable!("a request makes finitely many calls");
}

#[tokio::test]
async fn after_a_crash_before_any_call_the_redelivery_does_all_of_the_work() {
    // Two calls, then the one that is never made: read, transaction.
    assert_eq!(deliver_under(Fault::CrashBefore).await, [503, 503, 200]);
}

#[tokio::test]
async fn after_a_crash_after_any_call_the_redelivery_changes_nothing_twice() {
    assert_eq!(deliver_under(Fault::CrashAfter).await, [503, 503, 200]);
}

#[tokio::test]
async fn one_lost_call_is_retried_within_the_request() {
    assert_eq!(deliver_under(Fault::KillBefore).await, [200, 200, 200]);
}

#[tokio::test]
async fn one_lost_answer_is_retried_within_the_request() {
    assert_eq!(deliver_under(Fault::KillAfter).await, [200, 200, 200]);
}

#[tokio::test]
async fn a_transaction_conflict_is_retried() {
    assert_eq!(deliver_under(Fault::TransactionConflict).await.last(), Some(&200));
}

#[tokio::test]
async fn throttling_is_retried() {
    assert_eq!(deliver_under(Fault::Throttle).await, [200, 200, 200]);
    assert_eq!(deliver_under(Fault::ExceedThroughput).await, [200, 200, 200]);
}
