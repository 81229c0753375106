//! What follows every change at Stripe: the table learns of it before the answer leaves.

use shared::Failure;
use shared::domain::{Subscription, SubscriptionId};
use shared::fulfil::{self, Heard};
use shared::http::{Caller, Problem};
use shared::stripe::{self, StripeError};

use crate::State;
use crate::known::{Known, Meant, ended};
use crate::shown::{Shown, show};

/// An idempotency key: this operation, on this subscription, in the state in which it was judged. A repeated click and a
/// retry have the same one; once the table has seen the outcome, the next wish has another one.
pub(crate) fn key(state: &State, operation: &str, meant: &Meant<'_>) -> String {
    let (app, id, version) = (&state.fulfil.app, &meant.subscription.id, meant.version);
    format!("{app}:{operation}:{id}:{version}")
}

/// Makes the subscription free to be changed: while a schedule manages it, Stripe refuses.
pub(crate) async fn release(state: &State, meant: &Meant<'_>, schedule: Option<&str>) -> Result<(), Failure> {
    let Some(schedule) = schedule else { return Ok(()) };
    let key = key(state, &format!("release:{schedule}"), meant);
    Ok(stripe::release_schedule(&state.fulfil.stripe, schedule, &key).await?)
}

/// Looks at the subscription, writes down how it is now, and gives what Stripe had answered.
///
/// A refusal is looked at, too: what we knew may be out of date. When Stripe has not answered, nothing is known, and the
/// same wish must find the same key.
pub(crate) async fn settle<T>(
    state: &State,
    caller: &Caller,
    id: &SubscriptionId,
    answer: Result<T, StripeError>,
) -> Result<(T, Known), Failure> {
    match answer {
        Ok(answer) => Ok((answer, look(state, caller, id).await?)),
        Err(error) if error.is_refusal() => Err(judge(state, caller, id, error).await),
        Err(error) => Err(error.into()),
    }
}

/// The learner's facts, after a look at the subscription.
pub(crate) async fn look(state: &State, caller: &Caller, id: &SubscriptionId) -> Result<Known, Failure> {
    fulfil::apply(&state.fulfil, &Heard::of_subscription(id), state.fulfil.store.now()).await?;
    Ok(Known::load(&state.fulfil.store, &caller.user).await?)
}

/// Why Stripe refused, if a look at the subscription tells.
async fn judge(state: &State, caller: &Caller, id: &SubscriptionId, refused: StripeError) -> Failure {
    match look(state, caller, id).await {
        Ok(known) if known.named(id.as_str()).is_ok_and(|meant| meant.subscription.ended()) => {
            ended().because(refused).into()
        }
        // A schedule was attached since.
        Ok(known) if known.named(id.as_str()).is_ok_and(|meant| meant.subscription.schedule.is_some()) => {
            Problem::unavailable("subscription_changed", refused).into()
        }
        // Another Stripe account, or one whose test data was cleared.
        Err(_) if refused.is_missing() => {
            Problem::not_found("The payment provider does not know this subscription.").because(refused).into()
        }
        Ok(_) | Err(_) => refused.into(),
    }
}

/// Shows what became of a subscription.
pub(crate) async fn show_again(
    state: &State,
    caller: &Caller,
    known: &Known,
    id: &SubscriptionId,
) -> Result<Shown, Failure> {
    let subscription: &Subscription = known.named(id.as_str())?.subscription;
    show(state, caller, known, Some(subscription)).await
}
