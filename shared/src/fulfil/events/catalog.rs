//! `product.created`, `product.updated`, `product.deleted`, `price.created`, `price.updated` and `price.deleted`: the product is
//! read again from Stripe with all of its prices, and written to the catalog if it is on offer.

use jiff::Timestamp;

use crate::fulfil::catalog::refresh_offered_product;
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::outcome::ApplyOutcome;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::stripe;

pub(crate) async fn apply(
    context: &Context,
    update: &StripeUpdate,
    now: Timestamp,
) -> Result<ApplyOutcome, FulfilError> {
    // A price names its product; a deleted product still says in its event which of ours it was.
    let stripe_product = update.object.product.as_deref().unwrap_or(&update.object.id);
    let product = match stripe::product_from_metadata(&update.object.metadata, &context.app) {
        Some(product) => Some(product),
        None => stripe::retrieve_product(&context.stripe, &context.app, stripe_product)
            .await?
            .and_then(|found| found.product),
    };
    let Some(product) = product else { return Ok(ApplyOutcome::NotOurs) };
    refresh_offered_product(context, &product, stripe_product, update.event.as_ref(), now).await
}
