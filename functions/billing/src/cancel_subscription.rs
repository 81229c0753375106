//! `POST /billing/subscription/cancel`: ends the subscription with its period, or now.

use axum::Json;
use axum::extract::State as FromState;
use serde::Deserialize;
use shared::Failure;
use shared::domain::{Subscription, SubscriptionId, SubscriptionStatus};
use shared::http::{Caller, CountedCaller, OptionalBody, Problem};
use shared::stripe::{self, PaymentTrouble};

use crate::State;
use crate::act::{key, look, release, settle, show_again};
use crate::known::{Known, Meant};
use crate::shown::Shown;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    #[serde(default)]
    immediately: bool,
    subscription_id: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    CountedCaller(caller): CountedCaller,
    OptionalBody(wish): OptionalBody<Wish>,
) -> Result<Json<Shown>, Failure> {
    let known = Known::load(&state.fulfil.store, &caller.user).await?;
    let meant = known.changeable(wish.subscription_id.as_deref())?;
    let (subscription, stripe) = (meant.subscription, &state.fulfil.stripe);
    let id = &subscription.id;
    let unpaid = is_unpaid(subscription);
    let processing = unpaid && is_processing(&state, id).await?;
    if processing && wish.immediately {
        let detail = "A payment for the running period is on its way; it can be canceled with the period's end.";
        return Err(Problem::conflict("payment_pending", detail).into());
    }
    release(&state, &meant, subscription.schedule.as_deref()).await?;
    let after = if unpaid && !processing {
        void_open_invoices(&state, &caller, &meant).await?;
        Some(cancel_now(&state, &caller, &meant).await?)
    } else if wish.immediately {
        Some(cancel_now(&state, &caller, &meant).await?)
    } else if subscription.ends_with_period() && subscription.schedule.is_none() {
        // Asking again changes nothing; neither does a day that comes before the period's end.
        None
    } else {
        let answer = stripe::cancel_at_period_end(stripe, id, &key(&state, "cancel", &meant)).await;
        Some(settle(&state, &caller, id, answer).await?.1)
    };
    show_again(&state, &caller, after.as_ref().unwrap_or(&known), id).await.map(Json)
}

/// Whether its running period was not paid for: then it ends now, and nothing more is ever taken.
fn is_unpaid(subscription: &Subscription) -> bool {
    use SubscriptionStatus::{Active, Incomplete, PastDue, Unpaid};
    match subscription.status {
        Incomplete => true,
        Active | PastDue | Unpaid => !subscription.is_paid(),
        _ => false,
    }
}

/// Whether the money is on its way. Stripe does not void such an invoice.
async fn is_processing(state: &State, id: &SubscriptionId) -> Result<bool, Failure> {
    let invoice = stripe::unpaid_invoice(&state.fulfil.stripe, id).await?;
    Ok(invoice.is_some_and(|invoice| invoice.trouble == PaymentTrouble::Processing))
}

/// An open invoice stays collectible after its subscription has ended, so it is voided first: a crash in between leaves
/// a subscription that a repeated cancellation ends.
async fn void_open_invoices(state: &State, caller: &Caller, meant: &Meant<'_>) -> Result<(), Failure> {
    let (id, stripe) = (&meant.subscription.id, &state.fulfil.stripe);
    for invoice in stripe::open_invoices(stripe, id).await? {
        let key = key(state, &format!("void:{invoice}"), meant);
        match stripe::void_invoice(stripe, &invoice, &key).await {
            // It was paid or voided just now: what that means for the cancellation, the next look tells.
            Err(error) if error.is_refusal() => {
                look(state, caller, id).await?;
                return Err(Problem::unavailable("subscription_changed", error).into());
            }
            answer => answer?,
        }
    }
    Ok(())
}

async fn cancel_now(state: &State, caller: &Caller, meant: &Meant<'_>) -> Result<Known, Failure> {
    let id = &meant.subscription.id;
    stripe::hold_drafts(&state.fulfil.stripe, id, &key(state, "hold", meant)).await?;
    match stripe::cancel_now(&state.fulfil.stripe, id, &key(state, "cancel-now", meant)).await {
        // It had ended already: that is what was wished for.
        Err(error) if error.is_missing() => look(state, caller, id).await,
        answer => Ok(settle(state, caller, id, answer).await?.1),
    }
}
