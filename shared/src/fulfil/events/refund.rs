//! `charge.refunded`, `refund.created`, `refund.updated` and `refund.failed`: the purchase or the subscription that was paid for is
//! fetched with its refunds, and written.

use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::resolve::by_payment;
use crate::fulfil::resolve::resolved_sale::ResolvedSale;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::fulfil::update_action::UpdateAction;

/// A payload has one refund; only all of them together say how much money went back.
pub(super) const ACTION: UpdateAction = UpdateAction::FetchFromStripe;

/// A refund names its payment intent and nothing else. When the table does not know that one, it may have paid an invoice.
pub(super) async fn find_sale_without_metadata(
    context: &Context,
    update: &StripeUpdate,
) -> Result<ResolvedSale, FulfilError> {
    by_payment::resolve(context, update).await
}
