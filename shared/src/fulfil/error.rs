//! Why an update could not be applied.

use crate::store::{RetriesOver, StoreError};
use crate::stripe::{ProjectionError, StripeError};

/// Why something could not be applied. A retry may succeed.
#[derive(Debug, thiserror::Error)]
pub enum FulfilError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// Stripe's object cannot be a purchase or a subscription.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The object carries our `tuition_app` but not whom and what for.
    #[error("the object is ours, but its metadata does not say who bought what")]
    IncompleteMetadata,
    /// The table or Stripe did not answer in time.
    #[error("it took too long")]
    TimedOut,
    /// Concurrent writers changed the fact at every attempt.
    #[error("the fact changed under every attempt")]
    TooManyConflicts,
}

impl From<RetriesOver> for FulfilError {
    fn from(RetriesOver: RetriesOver) -> Self {
        Self::TooManyConflicts
    }
}

impl FulfilError {
    /// A short stable word for metrics and the error queue.
    pub fn code(&self) -> &str {
        match self {
            Self::Store(error) => error.code(),
            Self::Stripe(_) => "stripe_failed",
            Self::Projection(_) => "invalid_object",
            Self::IncompleteMetadata => "incomplete_metadata",
            Self::TimedOut => "timed_out",
            Self::TooManyConflicts => "too_many_conflicts",
        }
    }
}
