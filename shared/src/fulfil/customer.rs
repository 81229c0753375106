//! A learner's customer was deleted in Stripe.

use jiff::Timestamp;

use super::{Context, FulfilError, Heard, Outcome};
use crate::domain::CustomerId;
use crate::store::{Change, Commit, Committed};
use crate::stripe;

/// Forgets the customer, if it is still the learner's. The next checkout makes another one.
pub(super) async fn apply(context: &Context, heard: &Heard, now: Timestamp) -> Result<Outcome, FulfilError> {
    let Ok(customer) = CustomerId::parse(heard.object.id.as_str()) else { return Ok(Outcome::NotOurs) };
    let user = match stripe::our_user(&heard.object.metadata, &context.app) {
        Some(user) => Some(user),
        None => context.store.owner(customer.as_str()).await?.map(|owner| owner.user),
    };
    let Some(user) = user else { return Ok(Outcome::NotOurs) };
    let changes = vec![Change::ForgetCustomer { user, customer }];
    match context.store.commit(&Commit { event: heard.event.as_ref(), at: now, changes }).await? {
        Committed::Committed => Ok(Outcome::Applied),
        Committed::Mended => Ok(Outcome::Mended),
        Committed::Duplicate => Ok(Outcome::Duplicate),
        Committed::Lost => Err(FulfilError::Outrun),
    }
}
