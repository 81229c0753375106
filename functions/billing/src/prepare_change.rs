//! What precedes a change at Stripe: its idempotency key, and the release of a schedule.

use shared::HandlerError;
use shared::stripe;

use crate::learner_facts::TargetSubscription;
use crate::state::State;

/// An idempotency key: this operation, on this subscription, at the version by which the request was checked. Every request
/// makes a version by its look at Stripe, so its keys are its own: within it, a repeated call is done once, and the next
/// request sees what was done.
pub(crate) fn idempotency_key(state: &State, operation: &str, target: &TargetSubscription<'_>) -> String {
    let (app, id, version) = (&state.fulfil.app, &target.subscription.id, target.version);
    format!("{app}:{operation}:{id}:{version}")
}

/// Makes the subscription free to be changed: while a schedule manages it, Stripe refuses.
pub(crate) async fn release_schedule(
    state: &State,
    target: &TargetSubscription<'_>,
    schedule: Option<&str>,
) -> Result<(), HandlerError> {
    let Some(schedule) = schedule else { return Ok(()) };
    let key = idempotency_key(state, &format!("release:{schedule}"), target);
    Ok(stripe::release_schedule(&state.fulfil.stripe, schedule, &key).await?)
}
