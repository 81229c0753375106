//! Finds the sale by the payment intent: it may have paid an invoice, whose subscription is ours.

use super::resolved_sale::{ResolvedSale, SaleSource, none_if_missing};
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::owner::sale_from_owner;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::stripe::{self, Ownership};

/// The subscription whose invoice was paid. A payment, a refund or a dispute does not say whose it is; the subscription does.
pub(crate) async fn resolve(context: &Context, update: &StripeUpdate) -> Result<ResolvedSale, FulfilError> {
    let Some(intent) = update.payment_intent() else { return Ok(ResolvedSale::NotOurs) };
    let found = none_if_missing(stripe::find_subscription_paid_by(&context.stripe, intent).await)?.flatten();
    let Some(id) = found else { return Ok(ResolvedSale::NotOurs) };
    if let Some(sale) = context.store.owner(id.as_str()).await?.and_then(sale_from_owner) {
        return Ok(ResolvedSale::Subscription(id, sale, SaleSource::Lookup));
    }
    let found = none_if_missing(stripe::fetch_subscription_metadata(&context.stripe, &context.app, &id).await)?;
    let Some((metadata, _)) = found else { return Ok(ResolvedSale::NotOurs) };
    match Ownership::from_metadata(&metadata, &context.app) {
        Ownership::ThisApp(sale) => Ok(ResolvedSale::Subscription(id, sale, SaleSource::Lookup)),
        Ownership::Incomplete => Err(FulfilError::IncompleteMetadata),
        // It was sold without our metadata. If it is one of our prices, its own events have written it.
        Ownership::AnotherApp | Ownership::NoMetadata => Ok(ResolvedSale::NotOurs),
    }
}
