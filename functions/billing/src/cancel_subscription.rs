//! `POST /billing/subscription/cancel`: ends the subscription with its period, or now.

use axum::Json;
use axum::extract::State as FromState;
use serde::Deserialize;
use shared::HandlerError;
use shared::domain::{Subscription, SubscriptionId, SubscriptionStatus};
use shared::http::{Caller, OptionalJsonBody, Problem, RateLimitedCaller};
use shared::stripe;

use crate::fetch_and_refresh::{FetchScope, fetch_facts, refresh, refresh_after, respond_with_subscription};
use crate::idempotency_key::idempotency_key;
use crate::learner_facts::{LearnerFacts, TargetSubscription};
use crate::lock::with_subscription_lock;
use crate::state::State;
use crate::subscription_response::SubscriptionResponse;
use crate::withdraw_change::withdraw_earlier_change;

/// How a subscription is to end.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelSubscriptionRequest {
    /// Now, instead of with the end of the period. Nothing is refunded.
    #[serde(default)]
    immediately: bool,
    /// Needed by learners with several live subscriptions.
    subscription_id: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    OptionalJsonBody(request): OptionalJsonBody<CancelSubscriptionRequest>,
) -> Result<Json<SubscriptionResponse>, HandlerError> {
    with_subscription_lock(&state, &caller, cancel(&state, &caller, request)).await.map(Json)
}

async fn cancel(
    state: &State,
    caller: &Caller,
    request: CancelSubscriptionRequest,
) -> Result<SubscriptionResponse, HandlerError> {
    let facts = fetch_facts(state, caller, request.subscription_id.as_deref(), FetchScope::Subscription).await?;
    let target = facts.target()?;
    let (subscription, stripe, id) = (target.subscription, &state.fulfil.stripe, &facts.id);
    if subscription.ended() {
        // It ended at Stripe: that is what was requested.
        return respond_with_subscription(state, caller, &facts.now, id).await;
    }
    let unpaid = is_period_unpaid(subscription);
    let processing = (unpaid || request.immediately) && has_processing_payment(state, id).await?;
    if processing && request.immediately {
        let detail = "A payment for the subscription is on its way; it can be canceled with the period's end.";
        return Err(Problem::conflict("payment_pending", detail).into());
    }
    withdraw_earlier_change(state, caller, &target, subscription.schedule.as_deref()).await?;
    let after = if request.immediately || (unpaid && !processing) {
        void_unpaid_invoices(state, caller, &target).await?;
        cancel_now(state, caller, &target).await?
    } else if subscription.ends_with_period() && subscription.schedule.is_none() {
        // Asking again changes nothing; neither does a day that comes before the period's end.
        facts.now
    } else {
        let answer = stripe::cancel_at_period_end(stripe, id, &idempotency_key(state, "cancel", &target)).await;
        refresh_after(state, caller, id, answer).await?.1
    };
    respond_with_subscription(state, caller, &after, id).await
}

/// Whether its current period was not paid for: then it ends now, and nothing more is ever charged.
fn is_period_unpaid(subscription: &Subscription) -> bool {
    use SubscriptionStatus::{Active, Incomplete, PastDue, Unpaid};
    match subscription.status {
        Incomplete => true,
        Active | PastDue | Unpaid => !subscription.is_paid_or_on_trial(),
        _ => false,
    }
}

/// Whether money for any of its invoices is on its way, also for an older one. Stripe does not void such an invoice.
async fn has_processing_payment(state: &State, id: &SubscriptionId) -> Result<bool, HandlerError> {
    let stripe = &state.fulfil.stripe;
    for invoice in stripe::list_unpaid_invoices(stripe, id).await? {
        if stripe::is_payment_processing(stripe, invoice.as_str()).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An open or written-off invoice can be paid after its subscription has ended, so it is voided first: a crash in between
/// leaves a subscription that a repeated cancellation ends.
async fn void_unpaid_invoices(
    state: &State,
    caller: &Caller,
    target: &TargetSubscription<'_>,
) -> Result<(), HandlerError> {
    let (id, stripe) = (&target.subscription.id, &state.fulfil.stripe);
    for invoice in stripe::list_unpaid_invoices(stripe, id).await? {
        let key = idempotency_key(state, &format!("void:{invoice}"), target);
        match stripe::void_invoice(stripe, &invoice, &key).await {
            // It was paid or voided just now: the client's next try decides by the refreshed subscription.
            Err(error) if error.is_refusal() => {
                refresh(state, caller, id).await?;
                return Err(Problem::unavailable("subscription_changed", error).into());
            }
            answer => answer?,
        }
    }
    Ok(())
}

async fn cancel_now(
    state: &State,
    caller: &Caller,
    target: &TargetSubscription<'_>,
) -> Result<LearnerFacts, HandlerError> {
    let id = &target.subscription.id;
    stripe::stop_draft_invoices(&state.fulfil.stripe, id, &idempotency_key(state, "hold", target)).await?;
    match stripe::cancel_now(&state.fulfil.stripe, id, &idempotency_key(state, "cancel-now", target)).await {
        // It had ended already: that is what was requested.
        Err(error) if error.is_missing() => refresh(state, caller, id).await,
        answer => Ok(refresh_after(state, caller, id, answer).await?.1),
    }
}
