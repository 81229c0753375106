//! Whose is it? Metadata that we wrote; what we remember of the object; the metadata of its payment intent or
//! subscription; the learner of its customer, with the price that was sold.

use super::context::Context;
use super::error::FulfilError;
use super::events::UpdateKind;
use super::owner::sale_from_owner;
use super::stripe_update::StripeUpdate;
use crate::domain::{PriceId, SessionId, SubscriptionId, UserId};
use crate::stripe::{self, Ownership, Sale, SoldPrice, StripeError};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ResolvedSale {
    /// A sale of ours.
    Purchase(Sale, SaleSource),
    /// A subscription of ours.
    Subscription(SubscriptionId, Sale, SaleSource),
    /// Another application's object.
    NotOurs,
    /// One of our prices, sold to nobody we know.
    Unassigned,
}

/// Where the sale is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaleSource {
    /// On the object itself: whatever happened to it before found its way to us, too.
    ObjectMetadata,
    /// Found by a lookup. Earlier events may have been ignored because no learner was found, so the state has to be
    /// fetched from Stripe.
    Lookup,
}

pub(super) async fn resolve_sale(context: &Context, update: &StripeUpdate) -> Result<ResolvedSale, FulfilError> {
    // Of money that moved, our own memory first: a charge's metadata is a copy that people edit, a refund has none of ours.
    let memory_first = update.kind == UpdateKind::RefundOrDisputeChanged;
    if memory_first && let Some(found) = resolve_by_owner(context, update).await? {
        return Ok(found);
    }
    if let Some(found) = resolve_by_metadata(
        update,
        Ownership::from_metadata(&update.object.metadata, &context.app),
        SaleSource::ObjectMetadata,
    )? {
        return Ok(found);
    }
    if !memory_first && let Some(found) = resolve_by_owner(context, update).await? {
        return Ok(found);
    }
    // An old invoice names its payment intent, too; only its subscription says whose it is.
    if let Some(intent) = update.object.payment_intent.as_deref().filter(|_| update.kind != UpdateKind::InvoiceChanged)
    {
        let found = none_if_missing(stripe::fetch_payment_intent_metadata(&context.stripe, intent).await)?;
        let Some(metadata) = found else { return Ok(ResolvedSale::NotOurs) };
        if let Some(found) =
            resolve_by_metadata(update, Ownership::from_metadata(&metadata, &context.app), SaleSource::Lookup)?
        {
            return Ok(found);
        }
    }
    match update.kind {
        UpdateKind::RefundOrDisputeChanged | UpdateKind::PaymentIntentProcessing => {
            resolve_by_invoice(context, update).await
        }
        // The payload names no products; the session that sold a price that is not offered any more does.
        UpdateKind::SubscriptionChanged => {
            let id = |price: &String| Some(SoldPrice { id: PriceId::parse(price.as_str()).ok()?, product: None });
            let prices: Vec<SoldPrice> = update.object.prices.iter().filter_map(id).collect();
            resolve_by_price(context, update, &prices).await
        }
        UpdateKind::InvoiceChanged => resolve_by_subscription(context, update).await,
        // Nothing was sold when a session expired.
        UpdateKind::SessionCompleted | UpdateKind::SessionPaymentSucceeded | UpdateKind::SessionPaymentFailed => {
            let Ok(session) = SessionId::parse(update.object.id.as_str()) else { return Ok(ResolvedSale::NotOurs) };
            let found = none_if_missing(stripe::list_session_prices(&context.stripe, &context.app, &session).await)?;
            let Some(prices) = found else { return Ok(ResolvedSale::NotOurs) };
            resolve_by_price(context, update, &prices).await
        }
        _ => Ok(ResolvedSale::NotOurs),
    }
}

/// An object that does not exist at Stripe and has no metadata of ours is not ours. It was deleted, as all test data
/// can be, and no retry brings it back.
fn none_if_missing<T>(found: Result<T, StripeError>) -> Result<Option<T>, StripeError> {
    match found {
        Err(error) if error.is_missing() => Ok(None),
        found => found.map(Some),
    }
}

/// What the metadata says; `None` when it is silent.
fn resolve_by_metadata(
    update: &StripeUpdate,
    ownership: Ownership,
    sale_source: SaleSource,
) -> Result<Option<ResolvedSale>, FulfilError> {
    match ownership {
        Ownership::ThisApp(sale) => resolved_sale(update, sale, sale_source).map(Some),
        Ownership::Incomplete => Err(FulfilError::IncompleteMetadata),
        Ownership::AnotherApp => Ok(Some(ResolvedSale::NotOurs)),
        Ownership::NoMetadata => Ok(None),
    }
}

/// A sale is of a subscription when the object names one.
fn resolved_sale(update: &StripeUpdate, sale: Sale, sale_source: SaleSource) -> Result<ResolvedSale, FulfilError> {
    let Some(id) = update.object.subscription.as_deref() else { return Ok(ResolvedSale::Purchase(sale, sale_source)) };
    let id = SubscriptionId::parse(id).map_err(|_| FulfilError::IncompleteMetadata)?;
    Ok(ResolvedSale::Subscription(id, sale, sale_source))
}

/// What we remember of the object: of the subscription or the payment intent that it names, or is.
async fn resolve_by_owner(context: &Context, update: &StripeUpdate) -> Result<Option<ResolvedSale>, FulfilError> {
    let known_by = update.object.subscription.as_deref().or(update.payment_intent()).unwrap_or(&update.object.id);
    let Some(owner) = context.store.owner(known_by).await? else { return Ok(None) };
    let subscription = owner.subscription.clone();
    Ok(sale_from_owner(owner).map(|sale| match subscription {
        Some(id) => ResolvedSale::Subscription(id, sale, SaleSource::Lookup),
        None => ResolvedSale::Purchase(sale, SaleSource::Lookup),
    }))
}

/// A payment of an invoice that is on its way, disputed or refunded: none of them says whose it is, but the invoice's subscription does.
async fn resolve_by_invoice(context: &Context, update: &StripeUpdate) -> Result<ResolvedSale, FulfilError> {
    let Some(intent) = update.payment_intent() else { return Ok(ResolvedSale::NotOurs) };
    let found = none_if_missing(stripe::find_subscription_paid_by(&context.stripe, intent).await)?.flatten();
    let Some(id) = found else { return Ok(ResolvedSale::NotOurs) };
    if let Some(sale) = context.store.owner(id.as_str()).await?.and_then(sale_from_owner) {
        return Ok(ResolvedSale::Subscription(id, sale, SaleSource::Lookup));
    }
    let found = none_if_missing(stripe::fetch_subscription_metadata(&context.stripe, &context.app, &id).await)?;
    let Some((metadata, _)) = found else { return Ok(ResolvedSale::NotOurs) };
    match Ownership::from_metadata(&metadata, &context.app) {
        Ownership::ThisApp(sale) => Ok(ResolvedSale::Subscription(id, sale, SaleSource::Lookup)),
        Ownership::Incomplete => Err(FulfilError::IncompleteMetadata),
        // Sold without us, it has been written down by its own events if it is one of our prices.
        Ownership::AnotherApp | Ownership::NoMetadata => Ok(ResolvedSale::NotOurs),
    }
}

/// An invoice that says nothing, of a subscription that we do not remember. Only our customers' are worth a call.
async fn resolve_by_subscription(context: &Context, update: &StripeUpdate) -> Result<ResolvedSale, FulfilError> {
    let Some(id) = update.object.subscription.as_deref() else { return Ok(ResolvedSale::NotOurs) };
    if user_of_customer(context, update).await?.is_none() {
        return Ok(ResolvedSale::NotOurs);
    }
    let id = SubscriptionId::parse(id).map_err(|_| FulfilError::IncompleteMetadata)?;
    let found = none_if_missing(stripe::fetch_subscription_metadata(&context.stripe, &context.app, &id).await)?;
    let Some((metadata, prices)) = found else { return Ok(ResolvedSale::NotOurs) };
    match resolve_by_metadata(update, Ownership::from_metadata(&metadata, &context.app), SaleSource::Lookup)? {
        Some(found) => Ok(found),
        None => resolve_by_price(context, update, &prices).await,
    }
}

/// Prices of ours, sold without us: to a customer of ours, or to nobody we know. A Payment Link goes on to sell a price that
/// is not offered any more, which only its product tells.
async fn resolve_by_price(
    context: &Context,
    update: &StripeUpdate,
    prices: &[SoldPrice],
) -> Result<ResolvedSale, FulfilError> {
    let catalog = context.store.catalog().await?;
    let offered = |price: &SoldPrice| catalog.price(price.id.as_str()).map(|(product, _)| product);
    let named = |price: &SoldPrice| catalog.product(price.product.as_ref()?.as_str());
    let mut found = prices.iter().filter_map(|price| Some((offered(price).or_else(|| named(price))?, price)));
    let Some((product, price)) = found.next() else { return Ok(ResolvedSale::NotOurs) };
    let additional_products = found.map(|(more, _)| more.id.clone()).filter(|more| *more != product.id).collect();
    let Some(user) = user_of_customer(context, update).await? else { return Ok(ResolvedSale::Unassigned) };
    let family = product.plan.as_ref().map(|plan| plan.family.clone());
    let sale = Sale {
        user,
        product: product.id.clone(),
        price: Some(price.id.clone()),
        family,
        referrer: None,
        additional_products,
    };
    resolved_sale(update, sale, SaleSource::Lookup)
}

/// Whose customer it is.
async fn user_of_customer(context: &Context, update: &StripeUpdate) -> Result<Option<UserId>, FulfilError> {
    let Some(customer) = update.object.customer.as_deref() else { return Ok(None) };
    Ok(context.store.owner(customer).await?.map(|owner| owner.user))
}
