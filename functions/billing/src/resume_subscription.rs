//! `POST /billing/subscription/resume`: takes back a cancellation, or a change that has not been made yet, or lets a paused
//! subscription go on.

use axum::Json;
use axum::extract::State as FromState;
use serde::Deserialize;
use shared::HandlerError;
use shared::domain::SubscriptionStatus;
use shared::http::{Caller, OptionalJsonBody, Problem, RateLimitedCaller};
use shared::stripe;

use crate::fetch_and_refresh::{FetchScope, fetch_facts, refresh, refresh_after, respond_with_subscription};
use crate::idempotency_key::idempotency_key;
use crate::learner_facts::{LearnerFacts, TargetSubscription};
use crate::lock::with_subscription_lock;
use crate::problems::{check_no_lost_dispute, payment_required};
use crate::state::State;
use crate::subscription_response::SubscriptionResponse;
use crate::withdraw_change::withdraw_earlier_change;

/// Which subscription is to go on.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeSubscriptionRequest {
    /// Needed by learners with several live subscriptions.
    subscription_id: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    OptionalJsonBody(request): OptionalJsonBody<ResumeSubscriptionRequest>,
) -> Result<Json<SubscriptionResponse>, HandlerError> {
    with_subscription_lock(&state, &caller, resume(&state, &caller, request)).await.map(Json)
}

async fn resume(
    state: &State,
    caller: &Caller,
    request: ResumeSubscriptionRequest,
) -> Result<SubscriptionResponse, HandlerError> {
    let facts =
        fetch_facts(state, caller, request.subscription_id.as_deref(), FetchScope::SubscriptionAndPayments).await?;
    let target = facts.live_target()?;
    let (subscription, stripe) = (target.subscription, &state.fulfil.stripe);
    check_no_lost_dispute(state, subscription)?;
    let (id, key) = (&facts.id, idempotency_key(state, "resume", &target));
    let has_earlier_change = subscription.has_earlier_change();
    if subscription.ends_at().is_some() || has_earlier_change {
        withdraw_earlier_change(state, caller, &target, subscription.schedule.as_deref()).await?;
    }
    let after = if subscription.cancel_at_period_end {
        let answer = stripe::clear_cancel_at_period_end(stripe, id, &key).await;
        refresh_after(state, caller, id, answer).await?.1
    } else if subscription.cancel_at.is_some() {
        let answer = stripe::clear_cancel_at(stripe, id, &key).await;
        refresh_after(state, caller, id, answer).await?.1
    } else if subscription.status == SubscriptionStatus::Paused {
        resume_paused(state, caller, &target, &key).await?
    } else if has_earlier_change {
        refresh(state, caller, id).await?
    } else {
        let detail =
            "The subscription is neither canceled nor paused, and no change is scheduled or waits for its payment.";
        return Err(Problem::conflict("not_canceling", detail).into());
    };
    respond_with_subscription(state, caller, &after, id).await
}

/// What it costs to go on has to be paid first.
async fn resume_paused(
    state: &State,
    caller: &Caller,
    target: &TargetSubscription<'_>,
    key: &str,
) -> Result<LearnerFacts, HandlerError> {
    let (stripe, id) = (&state.fulfil.stripe, &target.subscription.id);
    // An earlier try has left its invoice, and Stripe would not create another one.
    if let Some(invoice) = stripe::find_unpaid_invoice(stripe, id).await? {
        return Err(payment_required(invoice.hosted_url).into());
    }
    let answer = stripe::resume_paused_subscription(stripe, id, key).await;
    let ((), facts) = refresh_after(state, caller, id, answer).await?;
    if facts.by_id(id.as_str())?.subscription.status != SubscriptionStatus::Paused {
        return Ok(facts);
    }
    let invoice = stripe::find_unpaid_invoice(stripe, id).await?;
    Err(payment_required(invoice.and_then(|invoice| invoice.hosted_url)).into())
}
