//! The error queue, and what its watchers are told: that it is not empty, or that it was seen empty.

use crate::metrics;
use crate::store::{Entry, Failure, Store, StoreError};

/// Puts a failed event into the queue.
pub(super) async fn put(store: &Store, failure: &Failure<'_>) -> Result<(), StoreError> {
    if store.record_failure(failure).await? == Entry::Open {
        metrics::error_queue_filled(store.now());
    }
    Ok(())
}

/// Looks whether anything is left, after an entry was closed. What failed before stays applied if this fails.
pub async fn look(store: &Store) {
    // The time before the look: whatever comes while it lasts counts as later.
    let asked = store.now();
    match store.has_no_failures().await {
        Ok(true) => metrics::error_queue_empty(asked),
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the error queue cannot be read"),
    }
}
