//! `tuition catalog push`: creates and updates Stripe's products and prices from the file. Running it again changes
//! nothing.

use std::fmt;

use jiff::Timestamp;
use shared::domain::AppId;
use shared::stripe::{self, StripeClient, StripeError, StripePrice, StripeProduct, lookup_key};

use super::file::CatalogFile;
use super::file_product::{FilePrice, FileProduct};

/// A change that was made in Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushedChange {
    /// A product was created.
    ProductCreated(String),
    /// A product's name or description was changed, or it was activated again.
    ProductUpdated(String),
    /// A price was created under this lookup key.
    PriceCreated(String),
    /// The previous price with the lookup key was archived. Existing purchases and subscriptions keep it.
    PriceArchived(String),
}

impl fmt::Display for PushedChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProductCreated(id) => write!(formatter, "created product   {id}"),
            Self::ProductUpdated(id) => write!(formatter, "updated product   {id}"),
            Self::PriceCreated(key) => write!(formatter, "created price     {key}"),
            Self::PriceArchived(key) => write!(formatter, "archived price    {key}"),
        }
    }
}

/// Creates and updates the file's products and prices, found by metadata and lookup key. Returns the changes.
///
/// # Errors
/// When a call to Stripe fails. Pushing again continues.
pub async fn push(stripe: &StripeClient, app: &AppId, file: &CatalogFile) -> Result<Vec<PushedChange>, StripeError> {
    let existing = stripe::list_our_products(stripe, app).await?;
    let push = PushRun { stripe, app, started_at: Timestamp::now() };
    let mut changes = Vec::new();
    for file_product in file.products.iter().filter(|file_product| file_product.product.has_stripe_price()) {
        let existing = stripe::select_stripe_product(&existing, &file_product.product.id);
        let id = push.push_product(file_product, existing, &mut changes).await?;
        let prices = match existing {
            Some(_) => stripe::list_active_prices(stripe, &id).await?,
            None => Vec::new(),
        };
        for price in &file_product.prices {
            push.push_price(file_product, &id, price, &prices, &mut changes).await?;
        }
    }
    Ok(changes)
}

struct PushRun<'a> {
    stripe: &'a StripeClient,
    app: &'a AppId,
    /// Part of the idempotency keys, because an archived price may be created again on the same day.
    started_at: Timestamp,
}

impl PushRun<'_> {
    async fn push_product(
        &self,
        file_product: &FileProduct,
        existing: Option<&StripeProduct>,
        changes: &mut Vec<PushedChange>,
    ) -> Result<String, StripeError> {
        let product_in_file = &file_product.product;
        let key = self.idempotency_key(&format!("product:{}", product_in_file.id));
        let Some(existing) = existing else {
            changes.push(PushedChange::ProductCreated(product_in_file.id.to_string()));
            return stripe::create_product(self.stripe, self.app, product_in_file, &key).await;
        };
        let is_unchanged = existing.active
            && existing.name == product_in_file.name
            && existing.description == product_in_file.description;
        if !is_unchanged {
            stripe::update_product(self.stripe, &existing.id, product_in_file, &key).await?;
            changes.push(PushedChange::ProductUpdated(product_in_file.id.to_string()));
        }
        Ok(existing.id.clone())
    }

    async fn push_price(
        &self,
        file_product: &FileProduct,
        product: &str,
        file_price: &FilePrice,
        active: &[StripePrice],
        changes: &mut Vec<PushedChange>,
    ) -> Result<(), StripeError> {
        let FilePrice { money, interval } = *file_price;
        let lookup_key = lookup_key(&file_product.product.id, interval, money.currency);
        let current = active.iter().find(|price| price.lookup_key.as_deref() == Some(&lookup_key));
        if current.is_some_and(|current| (current.money, current.interval) == (money, interval)) {
            return Ok(());
        }
        // An amount cannot be changed, so a new price takes over the lookup key.
        let key = self.idempotency_key(&format!("price:{lookup_key}"));
        stripe::create_price(self.stripe, product, &lookup_key, money, interval, &key).await?;
        changes.push(PushedChange::PriceCreated(lookup_key.clone()));
        if let Some(current) = current {
            stripe::archive_price(self.stripe, &current.id).await?;
            changes.push(PushedChange::PriceArchived(lookup_key));
        }
        Ok(())
    }

    fn idempotency_key(&self, what: &str) -> String {
        format!("{}:push:{}:{what}", self.app, self.started_at.as_millisecond())
    }
}
