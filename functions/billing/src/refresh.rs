//! What follows every change at Stripe: the table learns of it before the answer leaves.

use shared::HandlerError;
use shared::domain::{Subscription, SubscriptionId};
use shared::fulfil::{self, StripeUpdate};
use shared::http::{Caller, Problem};
use shared::stripe::StripeError;

use crate::learner_facts::LearnerFacts;
use crate::problems::subscription_ended;
use crate::state::State;
use crate::subscription_response::{SubscriptionResponse, subscription_response};

/// Looks at the subscription, writes down how it is now, and gives what Stripe had answered.
///
/// Refreshes after a refusal, too, because our facts may be out of date. If Stripe did not answer, nothing is
/// refreshed: the retry must find the same version, and so the same idempotency key.
pub(crate) async fn refresh_after<T>(
    state: &State,
    caller: &Caller,
    id: &SubscriptionId,
    answer: Result<T, StripeError>,
) -> Result<(T, LearnerFacts), HandlerError> {
    match answer {
        Ok(answer) => Ok((answer, refresh(state, caller, id).await?)),
        Err(error) if error.is_refusal() => Err(explain_refusal(state, caller, id, error).await),
        Err(error) => Err(error.into()),
    }
}

/// The learner's facts, after a look at the subscription.
pub(crate) async fn refresh(state: &State, caller: &Caller, id: &SubscriptionId) -> Result<LearnerFacts, HandlerError> {
    fulfil::apply(&state.fulfil, &StripeUpdate::for_subscription(id), state.fulfil.store.now()).await?;
    Ok(LearnerFacts::load(&state.fulfil.store, &caller.user).await?)
}

/// Why Stripe refused, if a look at the subscription tells.
async fn explain_refusal(state: &State, caller: &Caller, id: &SubscriptionId, refused: StripeError) -> HandlerError {
    match refresh(state, caller, id).await {
        Ok(facts) if facts.by_id(id.as_str()).is_ok_and(|target| target.subscription.ended()) => {
            subscription_ended().with_cause(refused).into()
        }
        // A schedule was attached since.
        Ok(facts) if facts.by_id(id.as_str()).is_ok_and(|target| target.subscription.schedule.is_some()) => {
            Problem::unavailable("subscription_changed", refused).into()
        }
        // Another Stripe account, or one whose test data was cleared.
        Err(_) if refused.is_missing() => {
            Problem::not_found("The payment provider does not know this subscription.").with_cause(refused).into()
        }
        Ok(_) | Err(_) => refused.into(),
    }
}

/// Shows what became of a subscription.
pub(crate) async fn respond_with_subscription(
    state: &State,
    caller: &Caller,
    facts: &LearnerFacts,
    id: &SubscriptionId,
) -> Result<SubscriptionResponse, HandlerError> {
    let subscription: &Subscription = facts.by_id(id.as_str())?.subscription;
    subscription_response(state, caller, facts, Some(subscription)).await
}
