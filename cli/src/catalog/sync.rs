//! `tuition catalog sync`: writes the file's courses and Stripe's names and prices to the table.

use jiff::Timestamp;
use shared::domain::ProductId;
use shared::fulfil::{self, FulfilError};
use shared::store::{CatalogProduct, StoreError};
use shared::stripe::{self, StripeError};

use super::CatalogFile;

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The file lists something that Stripe does not have.
    #[error("Stripe has no product {0}: run `tuition catalog push` first")]
    NotPushed(ProductId),
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
    let known = stripe::our_products(&context.stripe, &context.app).await?;
    for (position, listed) in (0..).zip(&file.products) {
        let product = listed.product.clone();
        let of_stripe = stripe::sold_as(&known, &product.id);
        let id = of_stripe.map(|known| known.id.clone()).ok_or_else(|| SyncError::NotPushed(product.id.clone()))?;
        let listed = CatalogProduct { product, stripe_product: Some(id.clone()), position };
        fulfil::refresh_product(context, &listed, &id, Timestamp::now()).await?;
    }
    for stored in context.store.catalog_products().await? {
        let listed = file.products.iter().any(|listed| listed.product.id == stored.value.product.id);
        if !listed && !stored.value.product.retired {
            fulfil::retire_product(context, stored, Timestamp::now()).await?;
        }
    }
    context.store.write_courses(&file.courses).await?;
    Ok(())
}
