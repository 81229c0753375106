//! Withdraws what an earlier request has left: a change that waits for its payment, and a schedule.

use shared::HandlerError;
use shared::http::{Caller, Problem};
use shared::stripe::{self, EarlierChange, Withdrawal};

use crate::fetch_and_refresh::refresh;
use crate::idempotency_key::idempotency_key;
use crate::learner_facts::TargetSubscription;
use crate::problems::payment_pending;
use crate::state::State;

/// Withdraws a change that waits for its payment, and releases the schedule: whatever is done next takes their place. While a
/// schedule manages the subscription, Stripe refuses other changes; and a declined change could be paid later on.
pub(crate) async fn withdraw_earlier_change(
    state: &State,
    caller: &Caller,
    target: &TargetSubscription<'_>,
    schedule: Option<&str>,
) -> Result<(), HandlerError> {
    let subscription = target.subscription;
    let earlier = EarlierChange {
        subscription: &subscription.id,
        schedule,
        pending_update_expires_at: subscription.pending_update_expires_at,
    };
    let key = |step: &str| idempotency_key(state, step, target);
    match stripe::withdraw_earlier_change(&state.fulfil.stripe, &earlier, key).await? {
        Withdrawal::Done => Ok(()),
        Withdrawal::PaymentProcessing => Err(payment_pending().into()),
        // The client's next try decides by the refreshed subscription.
        Withdrawal::Settled => {
            refresh(state, caller, &subscription.id).await?;
            Err(Problem::unavailable("subscription_changed", "a change was paid or dropped just now").into())
        }
    }
}
