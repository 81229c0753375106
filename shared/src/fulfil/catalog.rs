//! What is sold has changed in Stripe: read the product and its prices again.

use jiff::Timestamp;

use super::events::Meaning;
use super::{ATTEMPTS, Context, FulfilError, Heard, Outcome};
use crate::domain::{EventId, Price, ProductId};
use crate::store::{CatalogProduct, Change, Commit, Committed, Versioned};
use crate::stripe::{self, StripePrice};

pub(super) async fn apply(context: &Context, heard: &Heard, now: Timestamp) -> Result<Outcome, FulfilError> {
    debug_assert_eq!(heard.meaning, Meaning::CatalogChanged);
    // A price names its product; a deleted product still says in its event which of ours it was.
    let stripe_product = heard.object.product.as_deref().unwrap_or(&heard.object.id);
    let slug = match stripe::our_product(&heard.object.metadata, &context.app) {
        Some(slug) => Some(slug),
        None => stripe::product(&context.stripe, &context.app, stripe_product).await?.and_then(|found| found.product),
    };
    let Some(slug) = slug else { return Ok(Outcome::NotOurs) };
    let update = Update { slug: &slug, stripe_product, event: heard.event.as_ref() };
    write(context, &update, None, now).await
}

/// Writes a product with Stripe's name, description and prices to the table; `listed` says what it opens and where it
/// stands in the offer.
///
/// # Errors
/// When the table or Stripe fails.
pub async fn refresh(
    context: &Context,
    listed: &CatalogProduct,
    stripe_product: &str,
    now: Timestamp,
) -> Result<Outcome, FulfilError> {
    let update = Update { slug: &listed.product.id, stripe_product, event: None };
    write(context, &update, Some(listed), now).await
}

/// Takes a product off the offer. What learners bought of it stays bought, and stays open.
///
/// # Errors
/// When the table fails.
pub async fn retire(
    context: &Context,
    known: Versioned<CatalogProduct>,
    now: Timestamp,
) -> Result<Outcome, FulfilError> {
    let Versioned { value: mut product, version } = known;
    product.product.retired = true;
    product.product.prices = Vec::new();
    let changes = vec![Change::CatalogProduct { product, expected: Some(version) }];
    match context.store.commit(&Commit { event: None, at: now, changes }).await? {
        Committed::Committed | Committed::Duplicate => Ok(Outcome::Applied),
        Committed::Lost => Err(FulfilError::Outrun),
    }
}

struct Update<'a> {
    slug: &'a ProductId,
    stripe_product: &'a str,
    event: Option<&'a EventId>,
}

async fn write(
    context: &Context,
    update: &Update<'_>,
    listed: Option<&CatalogProduct>,
    now: Timestamp,
) -> Result<Outcome, FulfilError> {
    for _ in 0..ATTEMPTS {
        let known = context.store.catalog_product(update.slug).await?;
        let (old, expected) = known.map(|known| (known.value, known.version)).unzip();
        let next = match listed.cloned().or_else(|| sold_as(old.as_ref(), update.stripe_product)) {
            Some(base) => Some(read(context, base, update.stripe_product).await?),
            // Not in the offer, or a copy made in the Dashboard: `catalog sync` decides what is sold.
            None => None,
        };
        let changed = next.filter(|next| old.as_ref() != Some(next));
        let changes = changed.map(|product| Change::CatalogProduct { product, expected }).into_iter().collect();
        match context.store.commit(&Commit { event: update.event, at: now, changes }).await? {
            Committed::Committed => return Ok(Outcome::Applied),
            Committed::Duplicate => return Ok(Outcome::Duplicate),
            Committed::Lost => {}
        }
    }
    Err(FulfilError::Outrun)
}

/// The product, if it is on offer as this product of Stripe's.
fn sold_as(known: Option<&CatalogProduct>, stripe_product: &str) -> Option<CatalogProduct> {
    let same =
        |known: &&CatalogProduct| !known.product.retired && known.stripe_product.as_deref() == Some(stripe_product);
    known.filter(same).cloned()
}

/// The product as Stripe has it now. Archived or deleted, it keeps its name for those who own it and loses its prices.
async fn read(context: &Context, base: CatalogProduct, id: &str) -> Result<CatalogProduct, FulfilError> {
    let mut next = base;
    next.stripe_product = Some(id.to_owned());
    next.product.prices = Vec::new();
    let Some(found) = stripe::product(&context.stripe, &context.app, id).await?.filter(|found| found.active) else {
        return Ok(next);
    };
    next.product.name = found.name;
    next.product.description = found.description;
    let prices = stripe::active_prices(&context.stripe, id).await?;
    next.product.prices = prices.into_iter().filter_map(|price| offered(&next.product.id, price)).collect();
    next.product.prices.sort_by(|a, b| a.lookup_key.cmp(&b.lookup_key));
    Ok(next)
}

/// Only the price that holds the product's lookup key for its currency is on offer.
fn offered(product: &ProductId, price: StripePrice) -> Option<Price> {
    let lookup_key = price.lookup_key?;
    let expected = stripe::lookup_key(product, price.money.currency);
    (lookup_key == expected).then_some(Price { id: price.id, lookup_key, money: price.money, interval: None })
}
