//! Releases the schedule that manages a subscription.

use shared::HandlerError;
use shared::stripe;

use crate::idempotency_key::idempotency_key;
use crate::learner_facts::TargetSubscription;
use crate::state::State;

/// Releases the schedule, if there is one: while it manages the subscription, Stripe refuses other changes.
pub(crate) async fn release_schedule(
    state: &State,
    target: &TargetSubscription<'_>,
    schedule: Option<&str>,
) -> Result<(), HandlerError> {
    let Some(schedule) = schedule else { return Ok(()) };
    let key = idempotency_key(state, &format!("release:{schedule}"), target);
    Ok(stripe::release_schedule(&state.fulfil.stripe, schedule, &key).await?)
}
