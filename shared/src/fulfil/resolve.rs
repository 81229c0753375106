//! Whose is it? Metadata that we wrote; what we remember of the object; the metadata of its payment intent; the
//! learner of its customer, with the price that was sold.

use super::{Context, FulfilError, Heard};
use crate::domain::SessionId;
use crate::store::Owner;
use crate::stripe::{Ownership, Sale, intent_metadata, session_prices};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A sale of ours.
    Sale(Sale),
    /// Another application's object.
    NotOurs,
    /// One of our prices, sold to nobody we know.
    Unassigned,
}

pub(super) async fn resolve(context: &Context, heard: &Heard) -> Result<Resolved, FulfilError> {
    match Ownership::of(&heard.object.metadata, &context.app) {
        Ownership::Ours(sale) => return Ok(Resolved::Sale(sale)),
        Ownership::Incomplete => return Err(FulfilError::Unresolvable),
        Ownership::AnotherApp => return Ok(Resolved::NotOurs),
        Ownership::Silent => {}
    }
    // Refunds and disputes carry none of our metadata, but they name their intent.
    let known_by = heard.intent().unwrap_or(&heard.object.id);
    if let Some(sale) = context.store.owner(known_by).await?.and_then(sale_of) {
        return Ok(Resolved::Sale(sale));
    }
    if let Some(intent) = heard.object.payment_intent.as_deref() {
        match Ownership::of(&intent_metadata(&context.stripe, intent).await?, &context.app) {
            Ownership::Ours(sale) => return Ok(Resolved::Sale(sale)),
            Ownership::Incomplete => return Err(FulfilError::Unresolvable),
            Ownership::AnotherApp => return Ok(Resolved::NotOurs),
            Ownership::Silent => {}
        }
    }
    if heard.meaning.is_about_a_session() { by_what_was_sold(context, heard).await } else { Ok(Resolved::NotOurs) }
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
        Resolved::Sale(Sale { user: owner.user, product, price, referrer: None })
    }))
}

fn sale_of(owner: Owner) -> Option<Sale> {
    let Owner { user, product, price, referrer } = owner;
    product.map(|product| Sale { user, product, price, referrer })
}
