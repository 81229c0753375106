//! The one writer of what Stripe owns. The webhook, `reconcile`, checkout and billing all end here.
//!
//! An event only tells which object changed. The state comes from Stripe. The version of the stored fact prevents
//! lost updates: read the fact and its version, fetch the object, project it, and write on condition that the version
//! is unchanged.

mod apply;
mod catalog;
mod close_checkout;
mod context;
#[cfg(feature = "refunds")]
mod decide_refund;
mod delivery;
mod duplicate_purchase;
mod end_payment_intent;
mod end_subscription;
mod error;
mod error_queue;
pub mod events;
#[cfg(test)]
mod model;
mod outcome;
mod owner;
mod purchase;
mod purchase_state;
pub mod reconcile;
mod referral;
mod refund_request;
mod resolve;
mod same_payer;
mod second_trial;
mod stripe_update;
mod subscription;
mod update_action;

pub use apply::apply;
pub use catalog::{refresh_prices, refresh_product, retire_product};
pub use context::Context;
#[cfg(feature = "refunds")]
pub use decide_refund::{
    RefundDecision, RefundDecisionError, approve_refund, create_refund_request, decide_without_refund,
    new_refund_request_id,
};
pub use delivery::{DeliveryError, DeliveryOutcome, PayloadUse, deliver};
pub use end_payment_intent::end_payment_intent;
pub use error::FulfilError;
pub use error_queue::report_empty_error_queue;
pub use outcome::ApplyOutcome;
pub use purchase_state::PurchaseState;
pub use stripe_update::StripeUpdate;
