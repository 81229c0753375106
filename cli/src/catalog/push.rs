//! `tuition catalog push`: makes Stripe's products and prices those of the file. Running it again changes nothing.

use std::fmt;

use jiff::Timestamp;
use shared::domain::AppId;
use shared::stripe::{self, StripeClient, StripeError, StripePrice, StripeProduct, lookup_key};

use super::file::CatalogFile;
use super::file_product::{FilePrice, FileProduct};

/// Something that was done in Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushedChange {
    /// A product was created.
    ProductCreated(String),
    /// A product's name or description was changed, or it was put on sale again.
    ProductUpdated(String),
    /// A price was created under this lookup key.
    PriceCreated(String),
    /// The price that had the lookup key before was taken off sale. What was sold at it stays sold.
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

/// Creates and updates what the file lists, by metadata and lookup key, and says what it did.
///
/// # Errors
/// When Stripe refuses or does not answer; pushing again goes on where it stopped.
pub async fn push(stripe: &StripeClient, app: &AppId, file: &CatalogFile) -> Result<Vec<PushedChange>, StripeError> {
    let known = stripe::list_our_products(stripe, app).await?;
    let push = PushRun { stripe, app, started_at: Timestamp::now() };
    let mut done = Vec::new();
    for listed in file.products.iter().filter(|listed| listed.product.has_stripe_price()) {
        let known = stripe::select_stripe_product(&known, &listed.product.id);
        let id = push.push_product(listed, known, &mut done).await?;
        let prices = match known {
            Some(_) => stripe::list_active_prices(stripe, &id).await?,
            None => Vec::new(),
        };
        for price in &listed.prices {
            push.push_price(listed, &id, price, &prices, &mut done).await?;
        }
    }
    Ok(done)
}

struct PushRun<'a> {
    stripe: &'a StripeClient,
    app: &'a AppId,
    /// Part of the idempotency keys: an archived price may come back the same day.
    started_at: Timestamp,
}

impl PushRun<'_> {
    async fn push_product(
        &self,
        listed: &FileProduct,
        known: Option<&StripeProduct>,
        done: &mut Vec<PushedChange>,
    ) -> Result<String, StripeError> {
        let ours = &listed.product;
        let key = self.idempotency_key(&format!("product:{}", ours.id));
        let Some(known) = known else {
            done.push(PushedChange::ProductCreated(ours.id.to_string()));
            return stripe::create_product(self.stripe, self.app, ours, &key).await;
        };
        let same = known.active && known.name == ours.name && known.description == ours.description;
        if !same {
            stripe::update_product(self.stripe, &known.id, ours, &key).await?;
            done.push(PushedChange::ProductUpdated(ours.id.to_string()));
        }
        Ok(known.id.clone())
    }

    async fn push_price(
        &self,
        listed: &FileProduct,
        product: &str,
        wanted: &FilePrice,
        active: &[StripePrice],
        done: &mut Vec<PushedChange>,
    ) -> Result<(), StripeError> {
        let FilePrice { money, interval } = *wanted;
        let lookup_key = lookup_key(&listed.product.id, interval, money.currency);
        let before = active.iter().find(|price| price.lookup_key.as_deref() == Some(&lookup_key));
        if before.is_some_and(|before| (before.money, before.interval) == (money, interval)) {
            return Ok(());
        }
        // An amount cannot be changed: a new price takes the lookup key over.
        let key = self.idempotency_key(&format!("price:{lookup_key}"));
        stripe::create_price(self.stripe, product, &lookup_key, money, interval, &key).await?;
        done.push(PushedChange::PriceCreated(lookup_key.clone()));
        if let Some(before) = before {
            stripe::archive_price(self.stripe, &before.id).await?;
            done.push(PushedChange::PriceArchived(lookup_key));
        }
        Ok(())
    }

    fn idempotency_key(&self, what: &str) -> String {
        format!("{}:push:{}:{what}", self.app, self.started_at.as_millisecond())
    }
}
