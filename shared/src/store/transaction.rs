//! Building a write, why a transaction failed, and the wait before it is tried again.

use std::time::Duration;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;

use super::connection::Store;
use super::error::StoreError;

/// How often a transaction that met another one is tried.
const MAX_ATTEMPTS: u32 = 12;

impl Store {
    /// Writes all of it; `false` when a condition does not hold.
    pub(super) async fn transact(&self, operations: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        for attempt in 1..=MAX_ATTEMPTS {
            let write = self.client.transact_write_items().set_transact_items(Some(operations.clone()));
            let Err(error) = write.send().await else { return Ok(true) };
            match failed_conditions(&error) {
                None => return Err(StoreError::from_sdk(error)),
                Some(failed) if failed.is_empty() => wait_before_retry(attempt).await,
                Some(_) => return Ok(false),
            }
        }
        Err(StoreError::Contended)
    }
}

/// Full jitter under a growing bound: 20 ms, 40 ms, .. 640 ms.
pub(super) async fn wait_before_retry(attempt: u32) {
    let bound = 20u64 << attempt.min(6).saturating_sub(1);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=bound))).await;
}

/// A request that lacks a required part is a defect of ours.
pub(super) fn build_error(error: BuildError) -> StoreError {
    StoreError::Refused { reason: error.to_string() }
}

/// Which operations of a cancelled transaction failed their condition: none of them when it met another transaction or
/// too much traffic; `None` when it failed for another reason. DynamoDB lists one reason per operation, in order.
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
pub(super) fn failed_conditions(error: &SdkError<TransactWriteItemsError>) -> Option<Vec<usize>> {
    let cancelled = match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => cancelled,
        TransactWriteItemsError::TransactionInProgressException(_) => return Some(Vec::new()),
        _ => return None,
    };
    let codes: Vec<&str> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect();
    let failed: Vec<usize> =
        (0..).zip(&codes).filter(|(_, code)| **code == "ConditionalCheckFailed").map(|(index, _)| index).collect();
    let contended = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    (!failed.is_empty() || codes.iter().any(|code| contended.contains(code))).then_some(failed)
}
