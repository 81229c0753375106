//! The error queue, and what its watchers are told: that it is not empty, or that it was seen empty.

use jiff::SignedDuration;

use crate::domain::EventId;
use crate::metrics;
use crate::store::{ErrorQueueEntry, EventFailure, Store, StoreError};

/// The index that lists the entries follows the table within a second, as a rule. What failed less than a minute before a look
/// counts as not seen by it; the next run of `reconcile` looks again.
const INDEX_LAG: SignedDuration = SignedDuration::from_mins(1);

/// Puts a failed event into the queue.
pub(super) async fn add_failed_event(store: &Store, failure: &EventFailure<'_>) -> Result<(), StoreError> {
    if store.record_failed_event(failure).await? == ErrorQueueEntry::Open {
        metrics::error_queue_filled(store.now());
    }
    Ok(())
}

/// Looks whether anything is left, after the entry of `closed` was closed. What failed before stays applied if this fails.
pub async fn report_empty_error_queue(store: &Store, closed: Option<&EventId>) {
    // The time before the look: whatever comes while it lasts counts as later.
    let asked = store.now();
    match store.is_error_queue_empty(closed).await {
        Ok(true) => metrics::error_queue_empty(asked.checked_sub(INDEX_LAG).unwrap_or(asked)),
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the error queue cannot be read"),
    }
}
