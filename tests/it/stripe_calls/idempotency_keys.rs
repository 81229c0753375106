//! Shows that no mutation is blocked or done twice by an idempotency key. Stripe replays its answer to a key for a day, a server
//! error like any other.

use futures_util::future::join_all;
use serde_json::json;

use super::case::Case;
use super::mutation::{MUTATIONS, Mutation};
use crate::support::billing::CANCEL;
use crate::support::fault_proxy::KeyFault;

/// Runs every mutation with this fault at its call.
async fn every_mutation_survives(fault: KeyFault) {
    for mutations in MUTATIONS.chunks(8) {
        join_all(mutations.iter().map(async |&mutation| {
            let case = Case::of(mutation).await;
            let action = case.action(mutation);
            case.proxy.inject_into(&action, fault);
            case.run(mutation).await;
            assert!(case.proxy.calls().contains(&action), "{mutation:?} calls {action}");
            case.check(mutation, fault).await;
        }))
        .await;
    }
}

#[tokio::test]
async fn a_server_error_that_stripe_replays_blocks_no_mutation() {
    every_mutation_survives(KeyFault::FailsBefore).await;
}

#[tokio::test]
async fn a_mutation_that_succeeded_before_a_server_error_is_not_done_twice() {
    every_mutation_survives(KeyFault::FailsAfter).await;
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_repeated_with_the_same_key() {
    every_mutation_survives(KeyFault::LosesAnswer).await;
}

#[tokio::test]
async fn a_request_that_timed_out_is_repeated_with_the_same_key() {
    every_mutation_survives(KeyFault::TakesTooLong).await;
}

/// Keys are numbered. While Stripe fails, a request uses up one number at most; when it works again, the request succeeds.
#[tokio::test]
async fn after_an_outage_the_mutation_succeeds() {
    let case = Case::of(Mutation::Cancel).await;
    let action = case.action(Mutation::Cancel);
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
