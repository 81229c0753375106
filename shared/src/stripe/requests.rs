//! Every call we make to Stripe, each in our own words, each mutation under an idempotency key of our own.

use std::collections::HashMap;
use std::fmt::Display;

use jiff::Timestamp;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionDiscounts, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession, ListLineItemsCheckoutSession,
    RetrieveCheckoutSession,
};
use stripe_client_core::{IdempotencyKey, RequestStrategy, StripeRequest};
use stripe_core::customer::CreateCustomer;
use stripe_core::dispute::ListDispute;
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_core::refund::ListRefund;
use stripe_product::price::{CreatePrice, ListPrice, UpdatePrice};
use stripe_product::product::{CreateProduct, ListProduct, RetrieveProduct, UpdateProduct};
use stripe_product::promotion_code::ListPromotionCode;
use stripe_shared::{CheckoutSessionMode, Dispute, Refund};

use super::metadata::{customer_metadata, product_metadata, product_of};
use super::{CheckoutSession, PaymentIntent, Sale, StripeClient, StripeError};
use crate::domain::{AppId, Currency, CustomerId, Money, PriceId, Product, ProductId, SessionId, UserId};

/// The most that one page of a Stripe list holds.
const PAGE: i64 = 100;

/// Turns our ids into an idempotency key. Stripe remembers keys for 24 hours and refuses a known one with other
/// parameters, so callers put everything that distinguishes the operation into it.
/// See <https://docs.stripe.com/api/idempotent_requests>.
fn keyed(parts: impl Display) -> Result<RequestStrategy, StripeError> {
    IdempotencyKey::new(parts.to_string())
        .map(RequestStrategy::Idempotent)
        .map_err(|_| StripeError::Unreadable { what: "an idempotency key of 1 to 255 characters".to_owned() })
}

/// Creates the customer of a learner.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_customer(
    stripe: &StripeClient,
    app: &AppId,
    user: &UserId,
    email: Option<&str>,
    key: &str,
) -> Result<CustomerId, StripeError> {
    let mut request = CreateCustomer::new().metadata(customer_metadata(app, user));
    if let Some(email) = email {
        request = request.email(email);
    }
    let customer = request.customize().request_strategy(keyed(key)?).send(stripe).await?;
    parse_id(CustomerId::parse(customer.id.as_str()), "a customer id")
}

/// What a checkout session is to sell, and where it leads.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Who buys what.
    pub sale: &'a Sale,
    /// The price; its amount is Stripe's.
    pub price: &'a PriceId,
    /// The learner's customer.
    pub customer: &'a CustomerId,
    /// Where to after paying.
    pub success_url: &'a str,
    /// Where to after giving up.
    pub cancel_url: &'a str,
    /// An applied promotion code (`promo_..`).
    pub promotion: Option<&'a str>,
}

/// Opens a hosted payment page.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_session(
    stripe: &StripeClient,
    app: &AppId,
    new: &NewSession<'_>,
    key: &str,
) -> Result<CheckoutSession, StripeError> {
    let metadata = new.sale.to_metadata(app);
    let item = CreateCheckoutSessionLineItems {
        price: Some(new.price.to_string()),
        quantity: Some(1),
        ..CreateCheckoutSessionLineItems::new()
    };
    // Refunds and disputes name only their intent: it has to carry the sale, too.
    let intent = CreateCheckoutSessionPaymentIntentData {
        metadata: Some(metadata.clone()),
        ..CreateCheckoutSessionPaymentIntentData::new()
    };
    let mut request = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .customer(new.customer.as_str())
        .client_reference_id(new.sale.user.as_str())
        .line_items(vec![item])
        .metadata(metadata)
        .payment_intent_data(intent)
        .success_url(new.success_url)
        .cancel_url(new.cancel_url);
    if let Some(promotion) = new.promotion {
        let discount = CreateCheckoutSessionDiscounts {
            promotion_code: Some(promotion.to_owned()),
            ..CreateCheckoutSessionDiscounts::new()
        };
        request = request.discounts(vec![discount]);
    }
    request.customize().request_strategy(keyed(key)?).send(stripe).await
}

/// The session as it is now.
///
/// # Errors
/// When Stripe refuses (an unknown id is [`StripeError::is_missing`]) or does not answer.
pub async fn session(stripe: &StripeClient, id: &SessionId) -> Result<CheckoutSession, StripeError> {
    RetrieveCheckoutSession::new(id.as_str()).send(stripe).await
}

/// Closes an open session, so that nobody can pay it any more. It is refused when the session is not open.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn expire_session(stripe: &StripeClient, id: &SessionId) -> Result<CheckoutSession, StripeError> {
    let key = keyed(format_args!("expire:{id}"))?;
    ExpireCheckoutSession::new(id.as_str()).customize().request_strategy(key).send(stripe).await
}

/// The prices that a session sells.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn session_prices(stripe: &StripeClient, id: &SessionId) -> Result<Vec<PriceId>, StripeError> {
    let items = ListLineItemsCheckoutSession::new(id.as_str()).limit(PAGE).send(stripe).await?;
    let ids = items.data.iter().filter_map(|item| item.price.as_ref());
    ids.map(|price| parse_id(PriceId::parse(price.id.as_str()), "a price id")).collect()
}

/// A payment intent with all that has happened to its money.
#[derive(Debug)]
pub struct PaymentState {
    /// The intent.
    pub intent: PaymentIntent,
    /// All refunds.
    pub refunds: Vec<Refund>,
    /// All disputes.
    pub disputes: Vec<Dispute>,
}

/// The payment intent, its refunds and its disputes, as they are now: two calls, a third when there are many refunds.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn payment_state(stripe: &StripeClient, id: &str) -> Result<PaymentState, StripeError> {
    let expand = vec!["latest_charge.refunds".to_owned()];
    let intent = RetrievePaymentIntent::new(id).expand(expand).send(stripe).await?;
    let charge = intent.latest_charge.as_ref().and_then(|charge| charge.as_object());
    let refunds = match charge.and_then(|charge| charge.refunds.as_ref()) {
        Some(list) if !list.has_more => list.data.clone(),
        _ => every_refund(stripe, id).await?,
    };
    let disputes = ListDispute::new().payment_intent(id).limit(PAGE).send(stripe).await?.data;
    Ok(PaymentState { intent, refunds, disputes })
}

async fn every_refund(stripe: &StripeClient, intent: &str) -> Result<Vec<Refund>, StripeError> {
    let mut refunds: Vec<Refund> = Vec::new();
    loop {
        let mut request = ListRefund::new().payment_intent(intent).limit(PAGE);
        if let Some(last) = refunds.last() {
            request = request.starting_after(last.id.as_str());
        }
        let page = request.send(stripe).await?;
        refunds.extend(page.data);
        if !page.has_more {
            return Ok(refunds);
        }
    }
}

/// The payment intent's metadata.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn intent_metadata(stripe: &StripeClient, id: &str) -> Result<HashMap<String, String>, StripeError> {
    Ok(RetrievePaymentIntent::new(id).send(stripe).await?.metadata)
}

/// The active promotion code that a customer types as `code`; `None` when there is none.
/// See <https://docs.stripe.com/billing/subscriptions/coupons#promotion-codes>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn promotion(stripe: &StripeClient, code: &str) -> Result<Option<String>, StripeError> {
    let found = ListPromotionCode::new().code(code).active(true).limit(1).send(stripe).await?;
    Ok(found.data.first().map(|promotion| promotion.id.to_string()))
}

/// A price in Stripe's catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripePrice {
    /// Its id.
    pub id: PriceId,
    /// Its stable name, when it has one.
    pub lookup_key: Option<String>,
    /// What it costs.
    pub money: Money,
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
    fn read(product: &stripe_shared::Product, app: &AppId) -> Self {
        Self {
            id: product.id.to_string(),
            product: product_of(&product.metadata, app),
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
pub async fn our_products(stripe: &StripeClient, app: &AppId) -> Result<Vec<StripeProduct>, StripeError> {
    let mut products = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut request = ListProduct::new().limit(PAGE);
        if let Some(after) = after {
            request = request.starting_after(after);
        }
        let page = request.send(stripe).await?;
        after = page.data.last().map(|product| product.id.to_string());
        let read = page.data.iter().map(|product| StripeProduct::read(product, app));
        products.extend(read.filter(|product| product.product.is_some()));
        if !page.has_more {
            return Ok(products);
        }
    }
}

/// A product of Stripe's, `None` when it was deleted.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn product(stripe: &StripeClient, app: &AppId, id: &str) -> Result<Option<StripeProduct>, StripeError> {
    match RetrieveProduct::new(id).send(stripe).await {
        Ok(product) => Ok(Some(StripeProduct::read(&product, app))),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The active one-time prices of a product.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn active_prices(stripe: &StripeClient, product: &str) -> Result<Vec<StripePrice>, StripeError> {
    let page = ListPrice::new().product(product).active(true).limit(PAGE).send(stripe).await?;
    let one_time = page.data.iter().filter(|price| price.recurring.is_none());
    one_time.filter_map(|price| read_price(price).transpose()).collect()
}

/// `None` for a price without a fixed amount: it is none of ours.
fn read_price(price: &stripe_shared::Price) -> Result<Option<StripePrice>, StripeError> {
    let Some(amount) = price.unit_amount else {
        return Ok(None);
    };
    let currency = parse_id(Currency::parse(&price.currency.to_string()), "a currency")?;
    Ok(Some(StripePrice {
        id: parse_id(PriceId::parse(price.id.as_str()), "a price id")?,
        lookup_key: price.lookup_key.clone(),
        money: Money::new(amount, currency),
    }))
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
    Ok(request.customize().request_strategy(keyed(key)?).send(stripe).await?.id.to_string())
}

/// Gives a product our name and description, and puts it on sale.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn update_product(stripe: &StripeClient, id: &str, ours: &Product, key: &str) -> Result<(), StripeError> {
    let request = UpdateProduct::new(id).name(ours.name.as_str()).description(ours.description.as_str()).active(true);
    request.customize().request_strategy(keyed(key)?).send(stripe).await.map(drop)
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
    key: &str,
) -> Result<PriceId, StripeError> {
    let currency: stripe_types::Currency = parse_id(money.currency.as_str().parse(), "a currency Stripe knows")?;
    let request = CreatePrice::new(currency)
        .product(product)
        .unit_amount(money.amount)
        .lookup_key(lookup_key)
        .transfer_lookup_key(true);
    let price = request.customize().request_strategy(keyed(key)?).send(stripe).await?;
    parse_id(PriceId::parse(price.id.as_str()), "a price id")
}

/// Takes a price off sale. Prices cannot be deleted.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn archive_price(stripe: &StripeClient, id: &PriceId) -> Result<(), StripeError> {
    let key = keyed(format_args!("archive:{id}"))?;
    UpdatePrice::new(id.as_str()).active(false).customize().request_strategy(key).send(stripe).await.map(drop)
}

/// The time at which a session stops being payable.
///
/// # Errors
/// When it is out of the calendar.
pub fn session_expiry(session: &CheckoutSession) -> Result<Timestamp, StripeError> {
    parse_id(Timestamp::from_second(session.expires_at), "a time in the calendar")
}

fn parse_id<T, E>(parsed: Result<T, E>, what: &str) -> Result<T, StripeError> {
    parsed.map_err(|_| StripeError::Unreadable { what: what.to_owned() })
}
