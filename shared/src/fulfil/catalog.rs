//! Writes products and their prices to the table, as Stripe has them now.

use jiff::Timestamp;

use super::context::Context;
use super::error::FulfilError;
use super::outcome::ApplyOutcome;
use crate::domain::{EventId, Price, Product, ProductId};
use crate::store::{CatalogProduct, Commit, CommitOutcome, Retries, TableChange, Versioned};
use crate::stripe::{self, StripePrice};

/// Writes a product as Stripe has it now, if the table offers it as this product of Stripe's.
pub(super) async fn refresh_offered_product(
    context: &Context,
    product: &ProductId,
    stripe_product: &str,
    event: Option<&EventId>,
    now: Timestamp,
) -> Result<ApplyOutcome, FulfilError> {
    let target = RefreshTarget { slug: product, event, now };
    write_product(context, &target, |known| sold_as_stripe_product(known, stripe_product)).await
}

/// Writes a product with Stripe's name, description and prices to the table; `listed` says what it opens, its position
/// in the file and which product of Stripe's it is. A product without a price at Stripe is written as it is listed.
///
/// # Errors
/// When the table or Stripe fails.
pub async fn refresh_product(
    context: &Context,
    listed: &CatalogProduct,
    now: Timestamp,
) -> Result<ApplyOutcome, FulfilError> {
    let target = RefreshTarget { slug: &listed.product.id, event: None, now };
    write_product(context, &target, |_| Some(listed.clone())).await
}

/// Writes the prices that Stripe still offers of a product, so that the catalog stops naming a price that was refused. A failure is
/// logged: the answer about the price does not depend on it.
pub async fn refresh_prices(context: &Context, product: &ProductId) {
    let refreshed = async {
        let Some(known) = context.store.catalog_product(product).await? else { return Ok(()) };
        refresh_product(context, &known.value, context.store.now()).await.map(drop)
    };
    if let Err(error) = refreshed.await {
        tracing::warn!(%product, code = FulfilError::code(&error), "the catalog keeps a price that Stripe refuses");
    }
}

/// Retires a product: it is no longer offered, and stays open to those who have it.
///
/// # Errors
/// When the table fails.
pub async fn retire_product(
    context: &Context,
    known: Versioned<CatalogProduct>,
    now: Timestamp,
) -> Result<ApplyOutcome, FulfilError> {
    let Versioned { value: mut product, version } = known;
    product.product.retired = true;
    product.product.prices = Vec::new();
    let changes = vec![TableChange::CatalogProduct { product, expected_version: Some(version) }];
    match context.store.commit(&Commit { event: None, at: now, changes }).await? {
        CommitOutcome::Committed | CommitOutcome::AppliedAfterFailure | CommitOutcome::Duplicate => {
            Ok(ApplyOutcome::Applied)
        }
        CommitOutcome::VersionConflict => Err(FulfilError::TooManyConflicts),
    }
}

struct RefreshTarget<'a> {
    slug: &'a ProductId,
    event: Option<&'a EventId>,
    now: Timestamp,
}

/// `base` says what of the product Stripe does not know, given what the table knows; `None` leaves the offer alone.
async fn write_product(
    context: &Context,
    target: &RefreshTarget<'_>,
    base: impl Fn(Option<&CatalogProduct>) -> Option<CatalogProduct>,
) -> Result<ApplyOutcome, FulfilError> {
    let mut retries = Retries::new();
    loop {
        let known = context.store.catalog_product(target.slug).await?;
        let (old, expected_version) = known.map(|known| (known.value, known.version)).unzip();
        let next = match base(old.as_ref()) {
            Some(base) => Some(read_from_stripe(context, base).await?),
            None => None,
        };
        let changed = next.filter(|next| old.as_ref() != Some(next));
        let changes =
            changed.map(|product| TableChange::CatalogProduct { product, expected_version }).into_iter().collect();
        let committed = context.store.commit(&Commit { event: target.event, at: target.now, changes }).await?;
        match ApplyOutcome::from_commit(committed) {
            Some(done) => return Ok(done),
            None => retries.wait().await?,
        }
    }
}

/// The product, if it is on offer as this product of Stripe's. One that is not in the offer, or a copy made in the
/// Dashboard, is left alone: `catalog sync` decides what is sold.
fn sold_as_stripe_product(known: Option<&CatalogProduct>, stripe_product: &str) -> Option<CatalogProduct> {
    let same =
        |known: &&CatalogProduct| !known.product.retired && known.stripe_product.as_deref() == Some(stripe_product);
    known.filter(same).cloned()
}

/// The product as Stripe has it now. Archived or deleted, it keeps its name for those who own it and loses its prices.
async fn read_from_stripe(context: &Context, base: CatalogProduct) -> Result<CatalogProduct, FulfilError> {
    let mut next = base;
    next.product.prices = Vec::new();
    let Some(id) = next.stripe_product.as_deref() else { return Ok(next) };
    let Some(found) = stripe::retrieve_product(&context.stripe, &context.app, id).await?.filter(|found| found.active)
    else {
        return Ok(next);
    };
    let prices = stripe::list_active_prices(&context.stripe, id).await?;
    next.product.name = found.name;
    next.product.description = found.description;
    next.product.prices = prices.into_iter().filter_map(|price| offered_price(&next.product, price)).collect();
    next.product.prices.sort_by(|a, b| a.lookup_key.cmp(&b.lookup_key));
    Ok(next)
}

/// Only the price that holds the product's lookup key for its currency is on offer: of a plan, recurring ones; of what is
/// bought once, one-time ones.
fn offered_price(product: &Product, price: StripePrice) -> Option<Price> {
    let StripePrice { id, lookup_key, money, interval } = price;
    let lookup_key = lookup_key?;
    let fits = interval.is_some() == product.plan.is_some();
    let expected = stripe::lookup_key(&product.id, interval, money.currency);
    (fits && lookup_key == expected).then_some(Price { id, lookup_key, money, interval })
}
