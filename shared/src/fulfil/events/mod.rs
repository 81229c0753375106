//! What happens on each event. `handled_events.rs` lists the handled types; each group of them has a file:
//!
//! | events | file |
//! |---|---|
//! | `checkout.session.*` | `checkout_session.rs` |
//! | `payment_intent.*` | `payment_intent.rs` |
//! | `charge.refunded`, `refund.*` | `refund.rs` |
//! | `charge.dispute.*` | `dispute.rs` |
//! | `customer.subscription.*` | `subscription.rs` |
//! | `subscription_schedule.updated` | `subscription_schedule.rs` |
//! | `invoice.*` | `invoice.rs` |
//! | `customer.deleted` | `customer.rs` |
//! | `product.*`, `price.*` | `catalog.rs` |
//!
//! A file has what is particular to its events. What is the same for all is in the folder above: `apply.rs` finds out whether a
//! purchase or a subscription is meant, and `purchase.rs` and `subscription.rs` read the fact, fetch Stripe's object and write.

pub(super) mod catalog;
pub(super) mod checkout_session;
pub(super) mod customer;
pub(super) mod dispute;
pub(super) mod handled_events;
pub(super) mod invoice;
mod payment_intent;
mod refund;
pub(super) mod subscription;
pub(super) mod subscription_schedule;
pub(super) mod update_kind;

pub use handled_events::HANDLED_EVENTS;
pub use update_kind::{CheckoutSessionChange, PaymentIntentChange, UpdateKind};

use super::context::Context;
use super::error::FulfilError;
use super::resolve::resolved_sale::ResolvedSale;
use super::stripe_update::StripeUpdate;
use super::update_action::UpdateAction;
use crate::domain::{Purchase, Subscription};

/// What an update means for a purchase, given what the table knows of it. `can_project_payload` says that our types can read
/// the payload, that it is fresh, and that the object's own metadata names the sale.
///
/// A purchase begins only with a complete session, or with a payment intent that succeeded or is processing. The first sight of a
/// paid one is read from the payload: whatever happened since brings an event of its own, which finds the fact and fetches. An event
/// that can only say "paid" of a paid purchase changes nothing. Everything else asks Stripe.
pub(super) fn purchase_action(stored: Option<&Purchase>, kind: UpdateKind, can_project_payload: bool) -> UpdateAction {
    match kind {
        UpdateKind::CheckoutSession(change) => checkout_session::purchase_action(stored, change, can_project_payload),
        UpdateKind::PaymentIntent(change) => payment_intent::purchase_action(stored, change, can_project_payload),
        UpdateKind::Refund => refund::ACTION,
        UpdateKind::Dispute => dispute::ACTION,
        // None of them is about a purchase.
        UpdateKind::Subscription
        | UpdateKind::SubscriptionSchedule
        | UpdateKind::Invoice
        | UpdateKind::Customer
        | UpdateKind::Catalog => UpdateAction::KeepFact,
    }
}

/// What an update means for a subscription, given what the table knows of it.
pub(super) fn subscription_action(
    stored: Option<&Subscription>,
    kind: UpdateKind,
    can_project_payload: bool,
) -> UpdateAction {
    match kind {
        UpdateKind::CheckoutSession(change) => checkout_session::subscription_action(stored, change),
        UpdateKind::PaymentIntent(change) => payment_intent::subscription_action(change),
        UpdateKind::Refund => refund::ACTION,
        UpdateKind::Dispute => dispute::ACTION,
        UpdateKind::Subscription => subscription::subscription_action(stored, can_project_payload),
        UpdateKind::SubscriptionSchedule => subscription_schedule::subscription_action(stored),
        UpdateKind::Invoice => invoice::ACTION,
        // None of them is about a subscription.
        UpdateKind::Customer | UpdateKind::Catalog => UpdateAction::KeepFact,
    }
}

/// Looks for the sale when neither metadata nor the table leads there.
///
/// # Errors
/// When Stripe or the table fails, or metadata of ours is incomplete.
pub(super) async fn find_sale_without_metadata(
    context: &Context,
    update: &StripeUpdate,
) -> Result<ResolvedSale, FulfilError> {
    match update.kind {
        UpdateKind::CheckoutSession(change) => {
            checkout_session::find_sale_without_metadata(context, update, change).await
        }
        UpdateKind::PaymentIntent(change) => payment_intent::find_sale_without_metadata(context, update, change).await,
        UpdateKind::Refund => refund::find_sale_without_metadata(context, update).await,
        UpdateKind::Dispute => dispute::find_sale_without_metadata(context, update).await,
        UpdateKind::Subscription => subscription::find_sale_without_metadata(context, update).await,
        UpdateKind::Invoice => invoice::find_sale_without_metadata(context, update).await,
        UpdateKind::SubscriptionSchedule | UpdateKind::Customer | UpdateKind::Catalog => Ok(ResolvedSale::NotOurs),
    }
}
