//! Products and prices.

use stripe_product::price::{CreatePrice, CreatePriceRecurring, CreatePriceRecurringInterval, ListPrice, UpdatePrice};
use stripe_product::product::{CreateProduct, ListProduct, RetrieveProduct, UpdateProduct};

use stripe_shared::{RecurringInterval, RecurringUsageType};

use super::mutation::Mutation;
use super::page_size::MAX_PAGE_SIZE;
use crate::domain::{AppId, Currency, Interval, Money, PriceId, Product, ProductId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::metadata::{product_from_metadata, product_metadata};

/// A price in Stripe's catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripePrice {
    /// Its id.
    pub id: PriceId,
    /// Its stable name, when it has one.
    pub lookup_key: Option<String>,
    /// What it costs.
    pub money: Money,
    /// How often it is charged; `None` is once.
    pub interval: Option<Interval>,
}

/// A product in Stripe's catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeProduct {
    /// `prod_..`
    pub id: String,
    /// Which of ours it is; `None` when it is none of ours.
    pub product: Option<ProductId>,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether it is sold.
    pub active: bool,
}

impl StripeProduct {
    fn from_stripe(product: &stripe_shared::Product, app: &AppId) -> Self {
        Self {
            id: product.id.to_string(),
            product: product_from_metadata(&product.metadata, app),
            name: product.name.clone(),
            description: product.description.clone().unwrap_or_default(),
            active: product.active,
        }
    }
}

/// All products of ours on the account, archived ones included.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn list_our_products(stripe: &StripeClient, app: &AppId) -> Result<Vec<StripeProduct>, StripeError> {
    let mut products = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut request = ListProduct::new().limit(MAX_PAGE_SIZE);
        if let Some(after) = after {
            request = request.starting_after(after);
        }
        let page = request.send(stripe).await?;
        after = page.data.last().map(|product| product.id.to_string());
        let read = page.data.iter().map(|product| StripeProduct::from_stripe(product, app));
        products.extend(read.filter(|product| product.product.is_some()));
        if !page.has_more {
            return Ok(products);
        }
    }
}

/// Which of Stripe's products is ours: the oldest that is active, or else the oldest. A copy made in the Dashboard has
/// our metadata, too.
pub fn select_stripe_product<'a>(products: &'a [StripeProduct], ours: &ProductId) -> Option<&'a StripeProduct> {
    // Stripe lists the newest first.
    let named = || products.iter().rev().filter(|product| product.product.as_ref() == Some(ours));
    named().find(|product| product.active).or_else(|| named().next())
}

/// A product of Stripe's, `None` when it was deleted.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn retrieve_product(
    stripe: &StripeClient,
    app: &AppId,
    id: &str,
) -> Result<Option<StripeProduct>, StripeError> {
    match RetrieveProduct::new(id).send(stripe).await {
        Ok(product) => Ok(Some(StripeProduct::from_stripe(&product, app))),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The active prices of a product: one-time ones, and recurring ones that are charged every single interval.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn list_active_prices(stripe: &StripeClient, product: &str) -> Result<Vec<StripePrice>, StripeError> {
    let page = ListPrice::new().product(product).active(true).limit(MAX_PAGE_SIZE).send(stripe).await?;
    page.data.iter().filter_map(|price| parse_price(price).transpose()).collect()
}

/// `None` for a price without a fixed amount, and for one that is charged every three months, or by what was used: it is
/// none of ours.
fn parse_price(price: &stripe_shared::Price) -> Result<Option<StripePrice>, StripeError> {
    let Some(amount) = price.unit_amount else {
        return Ok(None);
    };
    let interval = match &price.recurring {
        None => None,
        Some(recurring) => match parse_interval(recurring) {
            Some(interval) => Some(interval),
            None => return Ok(None),
        },
    };
    let currency = or_unreadable(Currency::parse(&price.currency.to_string()), "a currency")?;
    Ok(Some(StripePrice {
        id: or_unreadable(PriceId::parse(price.id.as_str()), "a price id")?,
        lookup_key: price.lookup_key.clone(),
        money: Money::new(amount, currency),
        interval,
    }))
}

fn parse_interval(recurring: &stripe_shared::Recurring) -> Option<Interval> {
    if recurring.interval_count != 1 || recurring.usage_type != RecurringUsageType::Licensed {
        return None;
    }
    match recurring.interval {
        RecurringInterval::Day => Some(Interval::Day),
        RecurringInterval::Week => Some(Interval::Week),
        RecurringInterval::Month => Some(Interval::Month),
        RecurringInterval::Year => Some(Interval::Year),
        _ => None,
    }
}

/// Creates a product.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_product(
    stripe: &StripeClient,
    app: &AppId,
    ours: &Product,
    key: &str,
) -> Result<String, StripeError> {
    let request = CreateProduct::new(ours.name.as_str())
        .description(ours.description.as_str())
        .metadata(product_metadata(app, &ours.id));
    let find_result = || async {
        let Some(known) =
            select_stripe_product(&list_our_products(stripe, app).await?, &ours.id).map(|known| known.id.clone())
        else {
            return Ok(None);
        };
        RetrieveProduct::new(known.as_str()).send(stripe).await.map(Some)
    };
    Ok(Mutation::new(stripe, key).send_unless(request, find_result).await?.id.to_string())
}

/// Gives a product our name and description, and puts it on sale.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn update_product(stripe: &StripeClient, id: &str, ours: &Product, key: &str) -> Result<(), StripeError> {
    let request = UpdateProduct::new(id).name(ours.name.as_str()).description(ours.description.as_str()).active(true);
    Mutation::new(stripe, key).send(request).await.map(drop)
}

/// Creates a price under a lookup key, taking the key over from the price that had it before.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_price(
    stripe: &StripeClient,
    product: &str,
    lookup_key: &str,
    money: Money,
    interval: Option<Interval>,
    key: &str,
) -> Result<PriceId, StripeError> {
    let currency: stripe_types::Currency = or_unreadable(money.currency.as_str().parse(), "a currency Stripe knows")?;
    let mut request = CreatePrice::new(currency)
        .product(product)
        .unit_amount(money.amount)
        .lookup_key(lookup_key)
        .transfer_lookup_key(true);
    if let Some(interval) = interval {
        request = request.recurring(CreatePriceRecurring::new(to_stripe_interval(interval)));
    }
    // One that was made in vain loses its lookup key to the next one, and is not offered.
    let price = Mutation::new(stripe, key).send(request).await?;
    or_unreadable(PriceId::parse(price.id.as_str()), "a price id")
}

fn to_stripe_interval(interval: Interval) -> CreatePriceRecurringInterval {
    match interval {
        Interval::Day => CreatePriceRecurringInterval::Day,
        Interval::Week => CreatePriceRecurringInterval::Week,
        Interval::Month => CreatePriceRecurringInterval::Month,
        Interval::Year => CreatePriceRecurringInterval::Year,
    }
}

/// Takes a price off sale. Prices cannot be deleted.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn archive_price(stripe: &StripeClient, id: &PriceId) -> Result<(), StripeError> {
    let key = format!("archive:{id}");
    Mutation::new(stripe, &key).send(UpdatePrice::new(id.as_str()).active(false)).await.map(drop)
}
