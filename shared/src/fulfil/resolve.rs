//! Whose is it? Metadata that we wrote; what we remember of the object; the metadata of its payment intent or
//! subscription; the learner of its customer, with the price that was sold.

use super::events::Meaning;
use super::{Context, FulfilError, Heard};
use crate::domain::{PriceId, SessionId, SubscriptionId, UserId};
use crate::store::Owner;
use crate::stripe::{self, Ownership, Sale, SoldPrice, StripeError};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A sale of ours.
    Purchase(Sale, Named),
    /// A subscription of ours.
    Subscription(SubscriptionId, Sale, Named),
    /// Another application's object.
    NotOurs,
    /// One of our prices, sold to nobody we know.
    Unassigned,
}

/// Where the sale is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// On the object itself: whatever happened to it before found its way to us, too.
    OnTheObject,
    /// Elsewhere: earlier news may have found nobody, so Stripe has to be asked for the whole story.
    Elsewhere,
}

pub(super) async fn resolve(context: &Context, heard: &Heard) -> Result<Resolved, FulfilError> {
    // Of money that moved, our own memory first: a charge's metadata is a copy that people edit, a refund has none of ours.
    let memory_first = heard.meaning == Meaning::MoneyMoved;
    if memory_first && let Some(found) = remembered(context, heard).await? {
        return Ok(found);
    }
    if let Some(found) = by_metadata(heard, Ownership::of(&heard.object.metadata, &context.app), Named::OnTheObject)? {
        return Ok(found);
    }
    if !memory_first && let Some(found) = remembered(context, heard).await? {
        return Ok(found);
    }
    // An old invoice names its payment intent, too; only its subscription says whose it is.
    if let Some(intent) = heard.object.payment_intent.as_deref().filter(|_| heard.meaning != Meaning::InvoiceChanged) {
        let found = unless_missing(stripe::intent_metadata(&context.stripe, intent).await)?;
        let Some(metadata) = found else { return Ok(Resolved::NotOurs) };
        if let Some(found) = by_metadata(heard, Ownership::of(&metadata, &context.app), Named::Elsewhere)? {
            return Ok(found);
        }
    }
    match heard.meaning {
        Meaning::MoneyMoved | Meaning::IntentProcessing => by_invoice(context, heard).await,
        // The payload names no products; the session that sold a price that is not offered any more does.
        Meaning::SubscriptionChanged => {
            let id = |price: &String| Some(SoldPrice { id: PriceId::parse(price.as_str()).ok()?, product: None });
            let prices: Vec<SoldPrice> = heard.object.prices.iter().filter_map(id).collect();
            by_price(context, heard, &prices).await
        }
        Meaning::InvoiceChanged => by_subscription(context, heard).await,
        // Nothing was sold when a session expired.
        Meaning::SessionCompleted | Meaning::SessionPaid | Meaning::SessionPaymentFailed => {
            let Ok(session) = SessionId::parse(heard.object.id.as_str()) else { return Ok(Resolved::NotOurs) };
            let found = unless_missing(stripe::session_prices(&context.stripe, &context.app, &session).await)?;
            let Some(prices) = found else { return Ok(Resolved::NotOurs) };
            by_price(context, heard, &prices).await
        }
        _ => Ok(Resolved::NotOurs),
    }
}

/// What Stripe does not know and what nobody says is ours is not: it is gone, as all test data is after it was cleared, and
/// no retry brings it back.
fn unless_missing<T>(found: Result<T, StripeError>) -> Result<Option<T>, StripeError> {
    match found {
        Err(error) if error.is_missing() => Ok(None),
        found => found.map(Some),
    }
}

/// What the metadata says; `None` when it is silent.
fn by_metadata(heard: &Heard, ownership: Ownership, named: Named) -> Result<Option<Resolved>, FulfilError> {
    match ownership {
        Ownership::Ours(sale) => sold(heard, sale, named).map(Some),
        Ownership::Incomplete => Err(FulfilError::Unresolvable),
        Ownership::AnotherApp => Ok(Some(Resolved::NotOurs)),
        Ownership::Silent => Ok(None),
    }
}

/// A sale is of a subscription when the object names one.
fn sold(heard: &Heard, sale: Sale, named: Named) -> Result<Resolved, FulfilError> {
    let Some(id) = heard.object.subscription.as_deref() else { return Ok(Resolved::Purchase(sale, named)) };
    let id = SubscriptionId::parse(id).map_err(|_| FulfilError::Unresolvable)?;
    Ok(Resolved::Subscription(id, sale, named))
}

/// What we remember of the object: of the subscription or the payment intent that it names, or is.
async fn remembered(context: &Context, heard: &Heard) -> Result<Option<Resolved>, FulfilError> {
    let known_by = heard.object.subscription.as_deref().or(heard.intent()).unwrap_or(&heard.object.id);
    let Some(owner) = context.store.owner(known_by).await? else { return Ok(None) };
    let subscription = owner.subscription.clone();
    Ok(sale_of(owner).map(|sale| match subscription {
        Some(id) => Resolved::Subscription(id, sale, Named::Elsewhere),
        None => Resolved::Purchase(sale, Named::Elsewhere),
    }))
}

/// A payment of an invoice that is on its way, disputed or refunded: none of them says whose it is, but the invoice's subscription does.
async fn by_invoice(context: &Context, heard: &Heard) -> Result<Resolved, FulfilError> {
    let Some(intent) = heard.intent() else { return Ok(Resolved::NotOurs) };
    let found = unless_missing(stripe::subscription_paid_by(&context.stripe, intent).await)?.flatten();
    let Some(id) = found else { return Ok(Resolved::NotOurs) };
    if let Some(sale) = context.store.owner(id.as_str()).await?.and_then(sale_of) {
        return Ok(Resolved::Subscription(id, sale, Named::Elsewhere));
    }
    let found = unless_missing(stripe::subscription_metadata(&context.stripe, &context.app, &id).await)?;
    let Some((metadata, _)) = found else { return Ok(Resolved::NotOurs) };
    match Ownership::of(&metadata, &context.app) {
        Ownership::Ours(sale) => Ok(Resolved::Subscription(id, sale, Named::Elsewhere)),
        Ownership::Incomplete => Err(FulfilError::Unresolvable),
        // Sold without us, it has been written down by its own events if it is one of our prices.
        Ownership::AnotherApp | Ownership::Silent => Ok(Resolved::NotOurs),
    }
}

/// An invoice that says nothing, of a subscription that we do not remember. Only our customers' are worth a call.
async fn by_subscription(context: &Context, heard: &Heard) -> Result<Resolved, FulfilError> {
    let Some(id) = heard.object.subscription.as_deref() else { return Ok(Resolved::NotOurs) };
    if buyer(context, heard).await?.is_none() {
        return Ok(Resolved::NotOurs);
    }
    let id = SubscriptionId::parse(id).map_err(|_| FulfilError::Unresolvable)?;
    let found = unless_missing(stripe::subscription_metadata(&context.stripe, &context.app, &id).await)?;
    let Some((metadata, prices)) = found else { return Ok(Resolved::NotOurs) };
    match by_metadata(heard, Ownership::of(&metadata, &context.app), Named::Elsewhere)? {
        Some(found) => Ok(found),
        None => by_price(context, heard, &prices).await,
    }
}

/// Prices of ours, sold without us: to a customer of ours, or to nobody we know. A Payment Link goes on to sell a price that
/// is not offered any more, which only its product tells.
async fn by_price(context: &Context, heard: &Heard, prices: &[SoldPrice]) -> Result<Resolved, FulfilError> {
    let catalog = context.store.catalog().await?;
    let offered = |price: &SoldPrice| catalog.price(price.id.as_str()).map(|(product, _)| product);
    let named = |price: &SoldPrice| catalog.product(price.product.as_ref()?.as_str());
    let mut found = prices.iter().filter_map(|price| Some((offered(price).or_else(|| named(price))?, price)));
    let Some((product, price)) = found.next() else { return Ok(Resolved::NotOurs) };
    let also = found.map(|(more, _)| more.id.clone()).filter(|more| *more != product.id).collect();
    let Some(user) = buyer(context, heard).await? else { return Ok(Resolved::Unassigned) };
    let family = product.plan.as_ref().map(|plan| plan.family.clone());
    let sale = Sale { user, product: product.id.clone(), price: Some(price.id.clone()), family, referrer: None, also };
    sold(heard, sale, Named::Elsewhere)
}

/// Whose customer it is.
async fn buyer(context: &Context, heard: &Heard) -> Result<Option<UserId>, FulfilError> {
    let Some(customer) = heard.object.customer.as_deref() else { return Ok(None) };
    Ok(context.store.owner(customer).await?.map(|owner| owner.user))
}

fn sale_of(owner: Owner) -> Option<Sale> {
    let Owner { user, product, price, family, referrer, also, subscription: _ } = owner;
    product.map(|product| Sale { user, product, price, family, referrer, also })
}
