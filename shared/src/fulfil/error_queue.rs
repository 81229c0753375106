//! The error queue, and its metrics: when an event was added, and when the queue was seen empty.

use jiff::SignedDuration;

use crate::domain::EventId;
use crate::metrics;
use crate::store::{ErrorQueueEntry, EventFailure, Store, StoreError};

/// The index that lists the entries follows the table within a second, as a rule. So a queue that is found empty counts as empty a
/// minute ago; the next run of `reconcile` looks again.
const INDEX_LAG: SignedDuration = SignedDuration::from_mins(1);

/// Puts a failed event into the queue.
pub(super) async fn add_failed_event(store: &Store, failure: &EventFailure<'_>) -> Result<(), StoreError> {
    if store.record_failed_event(failure).await? == ErrorQueueEntry::Open {
        metrics::error_queue_filled(store.now());
    }
    Ok(())
}

/// Reports that the queue is empty, if it is, after the entry of `closed` was closed. An error is only logged: the event is applied.
pub async fn report_empty_error_queue(store: &Store, closed: Option<&EventId>) {
    // The time before the query: an event that fails during it counts as later.
    let asked = store.now();
    match store.is_error_queue_empty(closed).await {
        Ok(true) => metrics::error_queue_empty(asked.checked_sub(INDEX_LAG).unwrap_or(asked)),
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the error queue cannot be read"),
    }
}
