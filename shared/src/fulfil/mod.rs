//! The one writer of what Stripe owns. The webhook, the return page and an operator's retry all end here.
//!
//! The event is a hint, Stripe is the truth, the version is the guard: read the fact with its version, get the
//! object's state, project it, write on condition that the version is still the one read. No clock and no order of
//! events takes part, and a stale fetch can never overwrite a newer one.

mod catalog;
mod customer;
mod decide;
mod delivery;
mod error_queue;
pub mod events;
mod heard;
mod lost_dispute;
#[cfg(test)]
mod model;
mod purchase;
pub mod reconcile;
mod resolve;
mod retries;
mod second_trial;
mod subscription;

pub use catalog::{refresh as refresh_product, refresh_offer, retire as retire_product};
pub use decide::{Step, decide};
pub use delivery::{Delivered, NotDelivered, Trust, deliver};
pub use error_queue::look as watch_error_queue;
pub use heard::Heard;
pub use purchase::Snapshot;

use jiff::Timestamp;

use crate::domain::AppId;
use crate::store::{Store, StoreError};
use crate::stripe::{ProjectionError, StripeClient, StripeConfig, StripeError};

/// What fulfilling needs.
#[derive(Clone)]
pub struct Context {
    /// The table.
    pub store: Store,
    /// Stripe.
    pub stripe: StripeClient,
    /// Which installation we are.
    pub app: AppId,
    /// Whether a lost dispute ends its subscription.
    pub dispute_cancels: bool,
    /// Whether the account is one of test mode.
    pub test_mode: bool,
}

impl Context {
    /// A table, and the account of a client that was made by the same configuration.
    pub fn new(config: &StripeConfig, stripe: StripeClient, store: Store) -> Self {
        let StripeConfig { app, dispute_cancels, test_mode, .. } = config.clone();
        Self { store, stripe, app, dispute_cancels, test_mode }
    }
}

/// How applying ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done, now.
    Applied,
    /// Done, now; the event had failed before, and its entry in the error queue was closed.
    Mended,
    /// Done before.
    Duplicate,
    /// Another application's object on the same account.
    NotOurs,
    /// One of our prices was sold without naming a learner (a Payment Link, the Dashboard). Retrying cannot heal it;
    /// an operator can assign it.
    Unassigned,
}

/// Why something could not be applied. A retry may heal it.
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
    Unresolvable,
    /// The table or Stripe let us wait.
    #[error("it took too long")]
    Late,
    /// Other appliers kept changing the fact.
    #[error("the fact changed under every attempt")]
    Outrun,
}

impl FulfilError {
    /// A short stable word for metrics and the error queue.
    pub fn code(&self) -> &str {
        match self {
            Self::Store(error) => error.code(),
            Self::Stripe(_) => "stripe_failed",
            Self::Projection(_) => "unprojectable",
            Self::Unresolvable => "unresolvable",
            Self::Late => "late",
            Self::Outrun => "outrun",
        }
    }
}

/// Applies what was heard of a Stripe object to the table, exactly once for every event.
///
/// # Errors
/// When the table or Stripe fails, or an object of ours cannot be resolved. Nothing is half-written: the same event can
/// be applied again.
pub async fn apply(context: &Context, heard: &Heard, now: Timestamp) -> Result<Outcome, FulfilError> {
    match heard.meaning {
        events::Meaning::CatalogChanged => return catalog::apply(context, heard, now).await,
        events::Meaning::CustomerDeleted => return customer::apply(context, heard, now).await,
        _ => {}
    }
    match resolve::resolve(context, heard).await? {
        resolve::Resolved::Purchase(sale, named) => purchase::apply(context, heard, &sale, named, now).await,
        resolve::Resolved::Subscription(id, sale, named) => {
            subscription::apply(context, heard, &id, &sale, named, now).await
        }
        resolve::Resolved::NotOurs => Ok(Outcome::NotOurs),
        resolve::Resolved::Unassigned => Ok(Outcome::Unassigned),
    }
}
