//! The one writer of what Stripe owns. The webhook, `reconcile`, checkout and billing all end here.
//!
//! An event only tells which object changed. The state comes from Stripe. The version of the stored fact prevents
//! lost updates: read the fact and its version, fetch the object, project it, and write on condition that the version
//! is unchanged.

mod apply;
#[cfg(feature = "refunds")]
mod carry_out_refund;
mod catalog;
mod close_checkout;
mod context;
mod credit_use;
#[cfg(feature = "refunds")]
mod decide_refund;
mod delivery;
mod duplicate_purchase;
mod end_payment_intent;
mod end_subscription;
mod error;
mod error_queue;
pub mod events;
#[cfg(feature = "refunds")]
mod expired_payment_intents;
#[cfg(test)]
mod model;
mod outcome;
mod owner;
#[cfg(feature = "refunds")]
mod plan_refund;
mod purchase;
mod purchase_state;
#[cfg(feature = "refunds")]
pub mod reconcile;
mod referral;
#[cfg(feature = "refunds")]
mod refund_decision;
mod refund_request;
#[cfg(feature = "refunds")]
mod reserved_credit;
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
    approve_refund, approve_refund_by_policy, create_refund_request, decide_without_refund, new_refund_request_id,
};
pub use delivery::{DeliveryError, DeliveryOutcome, PayloadUse, deliver};
pub use end_payment_intent::end_payment_intent;
pub use error::FulfilError;
pub use error_queue::report_empty_error_queue;
pub use outcome::ApplyOutcome;
pub use purchase_state::PurchaseState;
#[cfg(feature = "refunds")]
pub use refund_decision::{RefundDecision, RefundDecisionError};
pub use stripe_update::StripeUpdate;
