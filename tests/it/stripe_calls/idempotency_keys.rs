//! Shows that no operation is blocked or done twice by an idempotency key. Stripe replays its answer to a key for a day, a server
//! error like any other.

use futures_util::future::join_all;
use serde_json::json;

use super::operation::{Case, OPERATIONS, Operation};
use crate::support::billing::CANCEL;
use crate::support::fault_proxy::KeyFault;

/// Runs every operation with this fault at its call.
async fn every_operation_survives(fault: KeyFault) {
    for operations in OPERATIONS.chunks(8) {
        join_all(operations.iter().map(async |&operation| {
            let case = Case::of(operation).await;
            let action = case.action(operation);
            case.proxy.inject_into(&action, fault);
            case.run(operation).await;
            assert!(case.proxy.calls().contains(&action), "{operation:?} calls {action}");
            case.check(operation, fault).await;
        }))
        .await;
    }
}

#[tokio::test]
async fn a_server_error_that_stripe_replays_blocks_no_operation() {
    every_operation_survives(KeyFault::FailsBefore).await;
}

#[tokio::test]
async fn an_operation_that_succeeded_before_a_server_error_is_not_done_twice() {
    every_operation_survives(KeyFault::FailsAfter).await;
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_repeated_with_the_same_key() {
    every_operation_survives(KeyFault::LosesAnswer).await;
}

#[tokio::test]
async fn a_request_that_timed_out_is_repeated_with_the_same_key() {
    every_operation_survives(KeyFault::TakesTooLong).await;
}

/// Keys are numbered. While Stripe fails, a request uses up one number at most; when it works again, the request succeeds.
#[tokio::test]
async fn after_an_outage_the_operation_succeeds() {
    let case = Case::of(Operation::Cancel).await;
    let action = case.action(Operation::Cancel);
    for _ in 0..3 {
        case.proxy.inject_into(&action, KeyFault::FailsBefore);
        case.proxy.inject_into(&action, KeyFault::FailsBefore);
    }
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(case.ada.post(CANCEL, json!({})).await.status.as_u16());
    }
    assert_eq!(statuses, [503, 503, 503, 200]);
    assert_eq!(case.subscription().await["cancel_at_period_end"], true);
}
