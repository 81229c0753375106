//! Which updates end a learner's open checkout.

use super::events::update_kind::{PaymentIntentChange, UpdateKind};
use super::stripe_update::StripeUpdate;
use crate::domain::{CheckoutId, PaymentIntentId, SessionId};
use crate::store::{FactsAndCheckouts, TableChange};
use crate::stripe::Sale;

/// Closes the checkout whose session or payment intent is over. `None` when it is not, or the checkout has gone on to another one.
pub(super) fn close_checkout_change(
    update: &StripeUpdate,
    sale: &Sale,
    read: &FactsAndCheckouts,
) -> Option<TableChange> {
    let checkout = ended_checkout(update)?;
    let (user, scope) = (sale.user.clone(), sale.checkout_scope());
    read.is_open_checkout(&user, &scope, &checkout).then_some(TableChange::CloseCheckout { user, scope, checkout })
}

/// A complete session cannot be paid again, paid or not. A payment intent can, after a payment that failed days later: it is over
/// when it is paid or canceled.
fn ended_checkout(update: &StripeUpdate) -> Option<CheckoutId> {
    let id = update.object.id.as_str();
    match update.kind {
        UpdateKind::CheckoutSession(_) => SessionId::parse(id).ok().map(CheckoutId::Session),
        UpdateKind::PaymentIntent(PaymentIntentChange::Succeeded | PaymentIntentChange::Canceled) => {
            PaymentIntentId::parse(id).ok().map(CheckoutId::PaymentIntent)
        }
        _ => None,
    }
}
