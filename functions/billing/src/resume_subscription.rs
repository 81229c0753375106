//! `POST /billing/subscription/resume`: takes a cancellation or a scheduled change back, or lets a paused subscription go on.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::StatusCode;
use serde::Deserialize;
use shared::Failure;
use shared::domain::SubscriptionStatus;
use shared::http::{Caller, CountedCaller, OptionalBody, Problem};
use shared::stripe;

use crate::State;
use crate::act::{key, look, release, settle, show_again};
use crate::known::{Known, Meant};
use crate::shown::Shown;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
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
    if state.fulfil.dispute_cancels && subscription.lost_dispute().is_some() {
        let detail = "A dispute of its payment was lost; the checkout sells another subscription when it has ended.";
        return Err(Problem::conflict("payment_problem", detail).into());
    }
    let (id, key) = (&subscription.id, key(&state, "resume", &meant));
    if subscription.ends_at().is_some() || subscription.scheduled_change.is_some() {
        release(&state, &meant, subscription.schedule.as_deref()).await?;
    }
    let known = if subscription.cancel_at_period_end {
        let answer = stripe::take_back_cancel_at_period_end(stripe, id, &key).await;
        settle(&state, &caller, id, answer).await?.1
    } else if subscription.cancel_at.is_some() {
        let answer = stripe::take_back_cancel_at(stripe, id, &key).await;
        settle(&state, &caller, id, answer).await?.1
    } else if subscription.status == SubscriptionStatus::Paused {
        unpause(&state, &caller, &meant, &key).await?
    } else if subscription.scheduled_change.is_some() {
        look(&state, &caller, id).await?
    } else {
        let detail = "The subscription is neither canceled nor paused, and no change is scheduled.";
        return Err(Problem::conflict("not_canceling", detail).into());
    };
    show_again(&state, &caller, &known, id).await.map(Json)
}

/// What it costs to go on has to be paid first.
async fn unpause(state: &State, caller: &Caller, meant: &Meant<'_>, key: &str) -> Result<Known, Failure> {
    let (stripe, id) = (&state.fulfil.stripe, &meant.subscription.id);
    // Of an earlier try: Stripe would not make another one.
    if let Some(invoice) = stripe::unpaid_invoice(stripe, id).await? {
        return Err(payment_required(invoice.hosted_url).into());
    }
    let answer = stripe::resume_paused(stripe, id, key).await;
    let ((), known) = settle(state, caller, id, answer).await?;
    if known.named(id.as_str())?.subscription.status != SubscriptionStatus::Paused {
        return Ok(known);
    }
    let invoice = stripe::unpaid_invoice(stripe, id).await?;
    Err(payment_required(invoice.and_then(|invoice| invoice.hosted_url)).into())
}

/// 402: nothing has changed; it will, when the invoice is paid.
pub(crate) fn payment_required(hosted_url: Option<String>) -> Problem {
    let detail = "The payment failed or has to be confirmed. Nothing has changed; it will, when the invoice is paid.";
    Problem::new(StatusCode::PAYMENT_REQUIRED, "payment_required", detail).with("hosted_invoice_url", hosted_url)
}
