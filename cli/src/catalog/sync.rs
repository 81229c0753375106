//! `tuition catalog sync`: writes the courses of the file, and the names and prices of Stripe, to the table.

use jiff::Timestamp;
use shared::domain::{MeterId, Product, ProductId};
use shared::fulfil::{self, FulfilError};
use shared::store::{CatalogProduct, StoreError};
use shared::stripe::{self, StripeError};

use super::file::CatalogFile;

/// Why the catalog cannot be synced.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Stripe has no product for an entry of the file.
    #[error("Stripe has no product {0}: run `tuition catalog push` first")]
    NotPushed(ProductId),
    /// The file counts a meter in another period than a retired plan that learners may still have.
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
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe failed.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// Reading a product from Stripe or writing it to the table failed.
    #[error(transparent)]
    Fulfil(#[from] FulfilError),
}

/// Writes the file's courses and Stripe's products to the table. Products that the file no longer lists are retired.
///
/// # Errors
/// When a product is missing in Stripe, or the table or Stripe fails. Syncing again continues.
pub async fn sync(context: &fulfil::Context, file: &CatalogFile) -> Result<(), SyncError> {
    let before = context.store.catalog_products().await?;
    before.iter().try_for_each(|stored| check_meter_periods(file, &stored.value.product))?;
    let existing = stripe::list_our_products(&context.stripe, &context.app).await?;
    for (position, file_product) in (0..).zip(&file.products) {
        let product = file_product.product.clone();
        let stripe_product_found =
            stripe::select_stripe_product(&existing, &product.id).filter(|_| product.has_stripe_price());
        let stripe_product = stripe_product_found.map(|existing| existing.id.clone());
        if product.has_stripe_price() && stripe_product.is_none() {
            return Err(SyncError::NotPushed(product.id));
        }
        let file_product = CatalogProduct { product, stripe_product, position };
        fulfil::refresh_product(context, &file_product, Timestamp::now()).await?;
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
    file.products.iter().any(|file_product| file_product.product.id == *product)
}

/// Checks that each meter has one period in the whole table, including retired plans.
fn check_meter_periods(file: &CatalogFile, stored: &Product) -> Result<(), SyncError> {
    let Some(plan) = stored.plan.as_ref().filter(|_| !is_in_file(file, &stored.id)) else { return Ok(()) };
    let file_product = || file.products.iter().filter_map(|file_product| file_product.product.plan.as_ref());
    for (meter, limit) in &plan.limits {
        if file_product().filter_map(|plan| plan.limits.get(meter)).any(|existing| existing.per != limit.per) {
            return Err(SyncError::PeriodChanged { meter: meter.clone(), plan: stored.id.clone() });
        }
    }
    Ok(())
}
