//! `POST /billing/subscription/change`: another plan or interval. A higher one at once, paid for or not at all; a lower one
//! with the end of the period, so that nothing is given back that was used.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use shared::HandlerError;
use shared::domain::{Interval, TrialAfterChange};
use shared::http::{Caller, JsonBody, RateLimitedCaller};
use shared::stripe::{self, PriceChange, PriceChangeAtPeriodEnd, PriceChangeOutcome};

use crate::change_preview::preview_change;
use crate::fetch_and_refresh::{refresh, refresh_after, respond_with_subscription};
use crate::idempotency_key::idempotency_key;
use crate::learner_facts::{LearnerFacts, TargetSubscription};
use crate::lock::with_subscription_lock;
use crate::planned_change::{ChangeTiming, CheckedChange, PlannedChange, check_change};
use crate::problems::{already_on_plan, payment_required};
use crate::requested_price::{ChangeSubscriptionRequest, check_proration_date, preview_expired};
use crate::state::State;
use crate::subscription_response::SubscriptionResponse;
use crate::withdraw_change::withdraw_earlier_change;

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    JsonBody(request): JsonBody<ChangeSubscriptionRequest>,
) -> Result<Json<SubscriptionResponse>, HandlerError> {
    with_subscription_lock(&state, &caller, change(&state, &caller, request)).await.map(Json)
}

async fn change(
    state: &State,
    caller: &Caller,
    request: ChangeSubscriptionRequest,
) -> Result<SubscriptionResponse, HandlerError> {
    let (facts, change) = match check_change(state, caller, &request).await? {
        CheckedChange::Planned(facts, change) => (facts, change),
        CheckedChange::AlreadyMade(facts) => {
            return respond_with_subscription(state, caller, &facts.now, &facts.id).await;
        }
    };
    let (target, id) = (facts.live_target()?, &facts.id);
    change.check_preconditions(target.subscription)?;
    if change.timing == ChangeTiming::Now {
        check_proration_date(request.proration_date, state.fulfil.store.now(), &change.item)?;
    }
    check_amount_due(state, caller, &target, &change, &request).await?;
    withdraw_earlier_change(state, caller, &target, change.item.schedule.as_deref()).await?;
    let done = match change.timing {
        ChangeTiming::Now => change_now(state, caller, &target, &change, request.proration_date).await?,
        ChangeTiming::AtPeriodEnd(interval) => change_at_period_end(state, caller, &target, &change, interval).await?,
        ChangeTiming::WithdrawsChange => refresh(state, caller, id).await?,
    };
    respond_with_subscription(state, caller, &done, id).await
}

/// The subscription, its discounts or what is asked for may be another one than the preview knew. What is charged is Stripe's
/// amount in any case.
async fn check_amount_due(
    state: &State,
    caller: &Caller,
    target: &TargetSubscription<'_>,
    change: &PlannedChange,
    request: &ChangeSubscriptionRequest,
) -> Result<(), HandlerError> {
    let Some(previewed) = request.amount_due else { return Ok(()) };
    let preview = preview_change(state, caller, target.subscription, change, request.proration_date).await?;
    let due = preview.map_or(0, |preview| preview.due.amount);
    if due == previewed { Ok(()) } else { Err(preview_expired("amount_due").into()) }
}

/// Another price at once. A change keeps a settled cancellation.
async fn change_now(
    state: &State,
    caller: &Caller,
    target: &TargetSubscription<'_>,
    change: &PlannedChange,
    prorated_at: Option<Timestamp>,
) -> Result<LearnerFacts, HandlerError> {
    let id = &target.subscription.id;
    let date = prorated_at.map_or(0, Timestamp::as_second);
    let trial = match change.trial {
        TrialAfterChange::Unchanged => "",
        TrialAfterChange::EndsNow => ":trial-ends-now",
        TrialAfterChange::EndsAt(_) => ":trial-ends-sooner",
    };
    let key = format!("{}:{}:{date}{trial}", idempotency_key(state, "change", target), change.price);
    let price_change =
        PriceChange { subscription: id, item: &change.item.id, price: &change.price, prorated_at, trial: change.trial };
    let answer = stripe::change_price(&state.fulfil.stripe, &price_change, &key).await;
    let answer = change.handle_price_refusal(state, caller, id, answer).await?;
    match refresh_after(state, caller, id, answer).await? {
        (PriceChangeOutcome::Done, facts) => Ok(facts),
        (PriceChangeOutcome::Unpaid { hosted_url }, _) => Err(payment_required(hosted_url).into()),
    }
}

/// Another price from the next period on.
async fn change_at_period_end(
    state: &State,
    caller: &Caller,
    target: &TargetSubscription<'_>,
    change: &PlannedChange,
    interval: Interval,
) -> Result<LearnerFacts, HandlerError> {
    let TargetSubscription { subscription: current, .. } = target;
    let Some(current_price) = &current.price else { return Err(already_on_plan().into()) };
    let (id, period) = (&current.id, current.period());
    let price_change =
        PriceChangeAtPeriodEnd { subscription: id, current_price, period, next_price: &change.price, interval };
    // After a schedule that was half made and released, Stripe would repeat that one under the same key.
    let released = change.item.schedule.as_deref().unwrap_or_default();
    let key = format!("{}:{}:{released}", idempotency_key(state, "change-later", target), change.price);
    let answer = stripe::schedule_price_change(&state.fulfil.stripe, &price_change, &key).await;
    let answer = change.handle_price_refusal(state, caller, id, answer).await?;
    Ok(refresh_after(state, caller, id, answer).await?.1)
}
