//! `customer.deleted`: the table forgets the learner's Stripe customer, so that the next checkout makes another one.

use jiff::Timestamp;

use crate::domain::CustomerId;
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::outcome::ApplyOutcome;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::store::{Commit, TableChange};
use crate::stripe;

/// Forgets the customer, if it is still the learner's.
pub(crate) async fn apply(
    context: &Context,
    update: &StripeUpdate,
    now: Timestamp,
) -> Result<ApplyOutcome, FulfilError> {
    let Ok(customer) = CustomerId::parse(update.object.id.as_str()) else { return Ok(ApplyOutcome::NotOurs) };
    let user = match stripe::user_from_metadata(&update.object.metadata, &context.app) {
        Some(user) => Some(user),
        None => context.store.owner(customer.as_str()).await?.map(|owner| owner.user),
    };
    let Some(user) = user else { return Ok(ApplyOutcome::NotOurs) };
    let changes = vec![TableChange::ForgetCustomer { user, customer }];
    let committed = context.store.commit(&Commit { event: update.event.as_ref(), at: now, changes }).await?;
    ApplyOutcome::from_commit(committed).ok_or(FulfilError::TooManyConflicts)
}
