//! The idempotency keys of billing's calls to Stripe.

use crate::learner_facts::TargetSubscription;
use crate::state::State;

/// An idempotency key: this operation, on this subscription, at the version of its fact that the request was checked against.
/// Every request fetches the subscription first and so makes a version of its own. Its keys are therefore its own, too: a call
/// that is repeated within the request is done once, and the next request sees what was done.
pub(crate) fn idempotency_key(state: &State, operation: &str, target: &TargetSubscription<'_>) -> String {
    let (app, id, version) = (&state.fulfil.app, &target.subscription.id, target.version);
    format!("{app}:{operation}:{id}:{version}")
}
