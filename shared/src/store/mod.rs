//! The only place that knows DynamoDB. [`keys`] is the map of the table.

mod catalog;
mod catalog_cache;
mod checkout;
mod commit;
mod connection;
mod error;
mod event_state;
mod facts;
mod failed_event;
mod invoice;
mod item;
pub mod keys;
mod owner;
mod profile;
mod rate;
mod reconcile;
mod subscription_lock;
pub mod table;
mod transaction;
mod usage;
mod versioned;

pub use catalog::CatalogProduct;
pub use checkout::{CheckoutSlot, CheckoutSlotState, CheckoutState, ReserveOutcome, SlotReservation};
pub use commit::{Commit, CommitOutcome, TableChange};
pub use connection::{Store, StoreConfig};
pub use error::StoreError;
pub use facts::FactsAndCheckouts;
pub use failed_event::{ErrorQueueEntry, EventFailure, FailedEvent};
pub use invoice::InvoicePage;
pub use owner::Owner;
pub use profile::Profile;
pub use rate::RATE_WINDOW_SECONDS;
pub use reconcile::{Checkpoint, EventWindow, Installation};
pub use subscription_lock::SubscriptionLock;
pub use usage::{ConsumeOutcome, Consumption, FactsAndUsage, UsageCounters};
pub use versioned::Versioned;
