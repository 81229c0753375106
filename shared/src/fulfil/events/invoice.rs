//! `invoice.paid`, `invoice.payment_failed`, `invoice.payment_action_required`, `invoice.voided` and
//! `invoice.marked_uncollectible`: the subscription is fetched with this invoice, and both are written.

use super::update_kind::UpdateKind;
use crate::domain::{Invoice, Subscription, SubscriptionId};
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::resolve::by_price::{self, user_of_customer};
use crate::fulfil::resolve::resolved_sale::{ResolvedSale, SaleSource, none_if_missing};
use crate::fulfil::stripe_update::StripeUpdate;
use crate::fulfil::update_action::UpdateAction;
use crate::metrics;
use crate::stripe::{self, Ownership};

/// An invoice never sets the status of its subscription itself.
pub(super) const ACTION: UpdateAction = UpdateAction::FetchFromStripe;

/// An invoice without our metadata, of a subscription that the table does not know. Stripe is asked only if the customer is ours.
pub(super) async fn find_sale_without_metadata(
    context: &Context,
    update: &StripeUpdate,
) -> Result<ResolvedSale, FulfilError> {
    let Some(id) = update.object.subscription.as_deref() else { return Ok(ResolvedSale::NotOurs) };
    if user_of_customer(context, update).await?.is_none() {
        return Ok(ResolvedSale::NotOurs);
    }
    let id = SubscriptionId::parse(id).map_err(|_| FulfilError::IncompleteMetadata)?;
    let found = none_if_missing(stripe::fetch_subscription_metadata(&context.stripe, &context.app, &id).await)?;
    let Some((metadata, prices)) = found else { return Ok(ResolvedSale::NotOurs) };
    let ownership = Ownership::from_metadata(&metadata, &context.app);
    match ResolvedSale::from_ownership(update, ownership, SaleSource::Lookup)? {
        Some(found) => Ok(found),
        None => by_price::resolve(context, update, &prices).await,
    }
}

/// Whether the update is of an invoice that was paid after the subscription had ended.
pub(crate) fn was_paid_after_end(
    update: &StripeUpdate,
    subscription: &Subscription,
    invoice: Option<&Invoice>,
) -> bool {
    update.kind == UpdateKind::Invoice && invoice.is_some_and(|invoice| subscription.was_paid_after_end(invoice))
}

/// Tells an operator to refund an invoice that was paid after its subscription had ended.
pub(crate) fn report_paid_after_end(subscription: &SubscriptionId, update: &StripeUpdate) {
    metrics::paid_after_end();
    tracing::warn!(%subscription, invoice = update.object.id, "paid after the subscription's end: refund it");
}
