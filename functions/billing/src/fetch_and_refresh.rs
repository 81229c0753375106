//! Fetches the subscription before a change is decided, because an event may be late, and again after each change at Stripe, so
//! that the table has it before the response is sent. Both go through `fulfil::apply`.

use shared::HandlerError;
use shared::domain::{Subscription, SubscriptionId};
use shared::fulfil::{self, FulfilError, StripeUpdate};
use shared::http::{Caller, Problem};
use shared::stripe::StripeError;

use crate::learner_facts::{LearnerFacts, TargetSubscription};
use crate::problems::subscription_ended;
use crate::state::State;
use crate::subscription_response::{SubscriptionResponse, load_subscription_response};

/// What is fetched from Stripe before a change is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FetchScope {
    /// The subscription with its latest invoice.
    Subscription,
    /// Also refunds and disputes of what was paid for the current period.
    SubscriptionAndPayments,
}

/// The learner's facts, read twice: before and after the subscription was fetched.
#[derive(Debug)]
pub(crate) struct FreshFacts {
    /// The subscription that the request names.
    pub(crate) id: SubscriptionId,
    /// What was known. Only what an earlier try has done follows from it.
    pub(crate) before: LearnerFacts,
    /// By these the change is decided.
    pub(crate) now: LearnerFacts,
}

impl FreshFacts {
    /// The subscription as it is now.
    pub(crate) fn target(&self) -> Result<TargetSubscription<'_>, Problem> {
        self.now.by_id(self.id.as_str())
    }

    /// The same, unless it has ended.
    pub(crate) fn live_target(&self) -> Result<TargetSubscription<'_>, Problem> {
        self.now.subscription_to_change(Some(self.id.as_str()))
    }
}

/// Finds the subscription that a request names, and fetches it.
pub(crate) async fn fetch_facts(
    state: &State,
    caller: &Caller,
    named: Option<&str>,
    scope: FetchScope,
) -> Result<FreshFacts, HandlerError> {
    let before = LearnerFacts::load(&state.fulfil.store, &caller.user).await?;
    let id = before.subscription_to_change(named)?.subscription.id.clone();
    let update = match scope {
        FetchScope::Subscription => StripeUpdate::for_subscription(&id),
        FetchScope::SubscriptionAndPayments => StripeUpdate::for_subscription_and_payments(&id),
    };
    match fulfil::apply(&state.fulfil, &update, state.fulfil.store.now()).await {
        Err(FulfilError::Stripe(error)) if error.is_missing() => return Err(unknown_at_stripe(error).into()),
        applied => applied?,
    };
    let now = LearnerFacts::load(&state.fulfil.store, &caller.user).await?;
    Ok(FreshFacts { id, before, now })
}

/// Another Stripe account, or one whose test data was cleared.
fn unknown_at_stripe(error: StripeError) -> Problem {
    Problem::not_found("The payment provider does not know this subscription.").with_cause(error)
}

/// Refreshes the subscription after a call that changes it, and returns the call's answer with the learner's facts.
///
/// After a refusal it is refreshed, too: it may have changed since it was fetched. If Stripe did not answer, nothing is
/// refreshed: the retry fetches first.
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

/// Fetches the subscription, writes it, and returns the learner's facts.
pub(crate) async fn refresh(state: &State, caller: &Caller, id: &SubscriptionId) -> Result<LearnerFacts, HandlerError> {
    fulfil::apply(&state.fulfil, &StripeUpdate::for_subscription(id), state.fulfil.store.now()).await?;
    Ok(LearnerFacts::load(&state.fulfil.store, &caller.user).await?)
}

/// Why Stripe refused, as far as the subscription tells.
async fn explain_refusal(state: &State, caller: &Caller, id: &SubscriptionId, refused: StripeError) -> HandlerError {
    match refresh(state, caller, id).await {
        Ok(facts) if facts.by_id(id.as_str()).is_ok_and(|target| target.subscription.ended()) => {
            subscription_ended().with_cause(refused).into()
        }
        // A schedule was attached since.
        Ok(facts) if facts.by_id(id.as_str()).is_ok_and(|target| target.subscription.schedule.is_some()) => {
            Problem::unavailable("subscription_changed", refused).into()
        }
        Err(_) if refused.is_missing() => unknown_at_stripe(refused).into(),
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
    load_subscription_response(state, caller, facts, Some(subscription)).await
}
