//! Finds the sale by what was sold: a price of ours that was sold without our checkout, by a Payment Link or in the Dashboard.

use super::resolved_sale::{ResolvedSale, SaleSource};
use crate::domain::UserId;
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::stripe::{Sale, SoldPrice};

/// The sale of these prices to a customer of ours; unassigned, when one of them is ours and the customer is not. A Payment Link still
/// sells a price that is no longer offered. Then only the price's product says that it is ours.
pub(crate) async fn resolve(
    context: &Context,
    update: &StripeUpdate,
    prices: &[SoldPrice],
) -> Result<ResolvedSale, FulfilError> {
    let catalog = context.store.catalog().await?;
    let offered = |price: &SoldPrice| catalog.price(price.id.as_str()).map(|(product, _)| product);
    let named = |price: &SoldPrice| catalog.product(price.product.as_ref()?.as_str());
    let mut found = prices.iter().filter_map(|price| Some((offered(price).or_else(|| named(price))?, price)));
    let Some((product, price)) = found.next() else { return Ok(ResolvedSale::NotOurs) };
    let additional_products = found.map(|(more, _)| more.id.clone()).filter(|more| *more != product.id).collect();
    let Some(user) = user_of_customer(context, update).await? else { return Ok(ResolvedSale::Unassigned) };
    let family = product.plan.as_ref().map(|plan| plan.family.clone());
    let sale = Sale {
        user,
        product: product.id.clone(),
        price: Some(price.id.clone()),
        family,
        referrer: None,
        credit_use: None,
        additional_products,
    };
    ResolvedSale::from_sale(update, sale, SaleSource::Lookup)
}

/// Whose customer it is.
pub(crate) async fn user_of_customer(context: &Context, update: &StripeUpdate) -> Result<Option<UserId>, FulfilError> {
    let Some(customer) = update.object.customer.as_deref() else { return Ok(None) };
    Ok(context.store.owner(customer).await?.map(|owner| owner.user))
}
