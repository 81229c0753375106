//! Whose is it? Metadata that we wrote; what we remember of the object; the metadata of its payment intent; the
//! learner of its customer, with the price that was sold.

use super::events::Meaning;
use super::{Context, FulfilError, Heard};
use crate::domain::SessionId;
use crate::store::Owner;
use crate::stripe::{Ownership, Sale, intent_metadata, session_prices};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A sale of ours.
    Sale(Sale, Named),
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
    if memory_first && let Some(sale) = remembered(context, heard).await? {
        return Ok(Resolved::Sale(sale, Named::Elsewhere));
    }
    match Ownership::of(&heard.object.metadata, &context.app) {
        Ownership::Ours(sale) => return Ok(Resolved::Sale(sale, Named::OnTheObject)),
        Ownership::Incomplete => return Err(FulfilError::Unresolvable),
        Ownership::AnotherApp => return Ok(Resolved::NotOurs),
        Ownership::Silent => {}
    }
    if !memory_first && let Some(sale) = remembered(context, heard).await? {
        return Ok(Resolved::Sale(sale, Named::Elsewhere));
    }
    if let Some(intent) = heard.object.payment_intent.as_deref() {
        match Ownership::of(&intent_metadata(&context.stripe, intent).await?, &context.app) {
            Ownership::Ours(sale) => return Ok(Resolved::Sale(sale, Named::Elsewhere)),
            Ownership::Incomplete => return Err(FulfilError::Unresolvable),
            Ownership::AnotherApp => return Ok(Resolved::NotOurs),
            Ownership::Silent => {}
        }
    }
    // Nothing was sold when a session expired.
    let sold = heard.meaning.is_about_a_session() && heard.meaning != Meaning::SessionExpired;
    if sold { by_what_was_sold(context, heard).await } else { Ok(Resolved::NotOurs) }
}

/// The sale that we remember of the object, or of the intent that it names.
async fn remembered(context: &Context, heard: &Heard) -> Result<Option<Sale>, FulfilError> {
    let known_by = heard.intent().unwrap_or(&heard.object.id);
    Ok(context.store.owner(known_by).await?.and_then(sale_of))
}

async fn by_what_was_sold(context: &Context, heard: &Heard) -> Result<Resolved, FulfilError> {
    let Ok(session) = SessionId::parse(heard.object.id.as_str()) else { return Ok(Resolved::NotOurs) };
    let catalog = context.store.catalog().await?;
    let sold = session_prices(&context.stripe, &session).await?;
    let Some((product, price)) = sold.iter().find_map(|price| catalog.price(price.as_str())) else {
        return Ok(Resolved::NotOurs);
    };
    let owner = match heard.object.customer.as_deref() {
        Some(customer) => context.store.owner(customer).await?,
        None => None,
    };
    Ok(owner.map_or(Resolved::Unassigned, |owner| {
        let (product, price) = (product.id.clone(), Some(price.id.clone()));
        Resolved::Sale(Sale { user: owner.user, product, price, referrer: None }, Named::Elsewhere)
    }))
}

fn sale_of(owner: Owner) -> Option<Sale> {
    let Owner { user, product, price, referrer } = owner;
    product.map(|product| Sale { user, product, price, referrer })
}
