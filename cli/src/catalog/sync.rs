//! `tuition catalog sync`: writes the file's courses and Stripe's names and prices to the table.

use jiff::Timestamp;
use shared::domain::{MeterId, Product, ProductId};
use shared::fulfil::{self, FulfilError};
use shared::store::{CatalogProduct, StoreError};
use shared::stripe::{self, StripeError};

use super::file::CatalogFile;

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The file lists something that Stripe does not have.
    #[error("Stripe has no product {0}: run `tuition catalog push` first")]
    NotPushed(ProductId),
    /// The file counts a meter in another period than a plan that learners may still have.
    #[error(
        "{meter} is counted in another period in {plan}, which is not offered any more, but may still be had: give the \
         meter another name"
    )]
    PeriodChanged {
        /// The meter.
        meter: MeterId,
        /// The retired plan.
        plan: ProductId,
    },
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// Either, on the way from one to the other.
    #[error(transparent)]
    Fulfil(#[from] FulfilError),
}

/// Brings the table to what the file and Stripe say; what the file does not list any more is not offered any more.
///
/// # Errors
/// When something is not in Stripe, or the table or Stripe fails; syncing again goes on where it stopped.
pub async fn sync(context: &fulfil::Context, file: &CatalogFile) -> Result<(), SyncError> {
    let before = context.store.catalog_products().await?;
    before.iter().try_for_each(|stored| check_meter_periods(file, &stored.value.product))?;
    let known = stripe::list_our_products(&context.stripe, &context.app).await?;
    for (position, listed) in (0..).zip(&file.products) {
        let product = listed.product.clone();
        let of_stripe = stripe::select_stripe_product(&known, &product.id).filter(|_| product.has_stripe_price());
        let stripe_product = of_stripe.map(|known| known.id.clone());
        if product.has_stripe_price() && stripe_product.is_none() {
            return Err(SyncError::NotPushed(product.id));
        }
        let listed = CatalogProduct { product, stripe_product, position };
        fulfil::refresh_product(context, &listed, Timestamp::now()).await?;
    }
    for stored in context.store.catalog_products().await? {
        if !is_in_file(file, &stored.value.product.id) && !stored.value.product.retired {
            fulfil::retire_product(context, stored, Timestamp::now()).await?;
        }
    }
    context.store.write_courses(&file.courses).await?;
    Ok(())
}

fn is_in_file(file: &CatalogFile, product: &ProductId) -> bool {
    file.products.iter().any(|listed| listed.product.id == *product)
}

/// A meter has one period in the whole table, also for those who keep a plan that is not offered any more.
fn check_meter_periods(file: &CatalogFile, stored: &Product) -> Result<(), SyncError> {
    let Some(plan) = stored.plan.as_ref().filter(|_| !is_in_file(file, &stored.id)) else { return Ok(()) };
    let listed = || file.products.iter().filter_map(|listed| listed.product.plan.as_ref());
    for (meter, limit) in &plan.limits {
        if listed().filter_map(|plan| plan.limits.get(meter)).any(|known| known.per != limit.per) {
            return Err(SyncError::PeriodChanged { meter: meter.clone(), plan: stored.id.clone() });
        }
    }
    Ok(())
}
