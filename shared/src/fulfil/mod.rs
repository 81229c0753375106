//! The one writer of what Stripe owns. The webhook, the return page and an operator's retry all end here.
//!
//! An event only tells which object changed. The state comes from Stripe. The version of the stored fact prevents
//! lost updates: read the fact and its version, fetch the object, project it, and write on condition that the version
//! is unchanged.

mod catalog;
mod customer;
mod delivery;
mod error_queue;
pub mod events;
mod lost_dispute;
#[cfg(test)]
mod model;
mod purchase;
pub mod reconcile;
mod resolve;
mod retries;
mod second_trial;
mod stripe_update;
mod subscription;
mod update_action;

pub use catalog::{refresh_prices, refresh_product, retire_product};
pub use delivery::{DeliveryError, DeliveryOutcome, PayloadUse, deliver};
pub use error_queue::report_empty_error_queue;
pub use purchase::PurchaseState;
pub use stripe_update::StripeUpdate;
pub use update_action::{UpdateAction, choose_action};

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
    pub cancel_on_lost_dispute: bool,
    /// Whether the account is one of test mode.
    pub test_mode: bool,
}

impl Context {
    /// A table, and the account of a client that was made by the same configuration.
    pub fn new(config: &StripeConfig, stripe: StripeClient, store: Store) -> Self {
        let StripeConfig { app, cancel_on_lost_dispute, test_mode, .. } = config.clone();
        Self { store, stripe, app, cancel_on_lost_dispute, test_mode }
    }
}

/// How applying ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// Done, now.
    Applied,
    /// Done, now; the event had failed before, and its entry in the error queue was closed.
    AppliedAfterFailure,
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
    IncompleteMetadata,
    /// The table or Stripe let us wait.
    #[error("it took too long")]
    TimedOut,
    /// Concurrent writers changed the fact at every attempt.
    #[error("the fact changed under every attempt")]
    TooManyConflicts,
}

impl FulfilError {
    /// A short stable word for metrics and the error queue.
    pub fn code(&self) -> &str {
        match self {
            Self::Store(error) => error.code(),
            Self::Stripe(_) => "stripe_failed",
            Self::Projection(_) => "unprojectable",
            Self::IncompleteMetadata => "unresolvable",
            Self::TimedOut => "late",
            Self::TooManyConflicts => "outrun",
        }
    }
}

/// Applies an update of a Stripe object to the table. Each event is applied exactly once.
///
/// # Errors
/// When the table or Stripe fails, or an object of ours cannot be resolved. Nothing is half-written: the same event can
/// be applied again.
pub async fn apply(context: &Context, update: &StripeUpdate, now: Timestamp) -> Result<ApplyOutcome, FulfilError> {
    match update.kind {
        events::UpdateKind::CatalogChanged => return catalog::apply(context, update, now).await,
        events::UpdateKind::CustomerDeleted => return customer::apply(context, update, now).await,
        _ => {}
    }
    match resolve::resolve_sale(context, update).await? {
        resolve::ResolvedSale::Purchase(sale, sale_source) => {
            purchase::apply(context, update, &sale, sale_source, now).await
        }
        resolve::ResolvedSale::Subscription(id, sale, sale_source) => {
            subscription::apply(context, update, &id, &sale, sale_source, now).await
        }
        resolve::ResolvedSale::NotOurs => Ok(ApplyOutcome::NotOurs),
        resolve::ResolvedSale::Unassigned => Ok(ApplyOutcome::Unassigned),
    }
}
