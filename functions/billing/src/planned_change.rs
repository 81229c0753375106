//! Which change a request leads to: checked against the catalog, the facts and Stripe's own item.

use shared::domain::{
    Catalog, Interval, PriceId, ProductId, Subscription, SubscriptionId, SubscriptionStatus, TrialAfterChange,
};
use shared::http::{Caller, Problem};
use shared::stripe::{self, BilledItem, StripeError};
use shared::{HandlerError, fulfil};

use crate::fetch_and_refresh::{FetchScope, FreshFacts, fetch_facts, refresh};
use crate::problems::{already_on_plan, check_no_lost_dispute};
use crate::requested_price::{ChangeSubscriptionRequest, RequestedPrice};
use crate::state::State;

/// The result of checking a change request.
#[derive(Debug)]
pub(crate) enum CheckedChange {
    /// It can be made.
    Planned(FreshFacts, PlannedChange),
    /// It had been made already: by an earlier try, or in the Dashboard.
    AlreadyMade(FreshFacts),
}

/// The change.
#[derive(Debug)]
pub(crate) struct PlannedChange {
    /// What is charged now.
    pub(crate) item: BilledItem,
    /// What is to be charged.
    pub(crate) price: PriceId,
    /// What that is a price of.
    pub(crate) product: ProductId,
    /// What becomes of the trial.
    pub(crate) trial: TrialAfterChange,
    /// When it takes effect.
    pub(crate) timing: ChangeTiming,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeTiming {
    /// At once, charged at once.
    Now,
    /// With the end of the period, at this price's interval, without credit.
    AtPeriodEnd(Interval),
    /// The present price is to stay: a change that has not been made yet is withdrawn.
    WithdrawsChange,
}

/// Checks a request by what Stripe says now.
pub(crate) async fn check_change(
    state: &State,
    caller: &Caller,
    request: &ChangeSubscriptionRequest,
) -> Result<CheckedChange, HandlerError> {
    let catalog = state.fulfil.store.catalog().await?;
    let facts =
        fetch_facts(state, caller, request.subscription_id.as_deref(), FetchScope::SubscriptionAndPayments).await?;
    let current = facts.live_target()?.subscription;
    let Some(change) = plan_change(state, &catalog, request, current).await? else {
        // Somebody else is changing it right now.
        return Err(Problem::unavailable("subscription_changed", "the item is another one than a moment ago").into());
    };
    let before = facts.before.by_id(facts.id.as_str())?.subscription;
    if change.is_change(current) {
        return Ok(CheckedChange::Planned(facts, change));
    }
    match change.timing {
        // It is settled for later already.
        ChangeTiming::AtPeriodEnd(_) => Ok(CheckedChange::AlreadyMade(facts)),
        // An earlier try made it, and its answer was lost.
        ChangeTiming::Now if change.is_change(before) => Ok(CheckedChange::AlreadyMade(facts)),
        ChangeTiming::Now | ChangeTiming::WithdrawsChange => Err(already_on_plan().into()),
    }
}

/// `None` when Stripe's subscription is not charged by the price that we know.
async fn plan_change(
    state: &State,
    catalog: &Catalog,
    request: &ChangeSubscriptionRequest,
    current: &Subscription,
) -> Result<Option<PlannedChange>, HandlerError> {
    let requested = RequestedPrice::from_request(request, catalog, current)?;
    check_in_order(state, current)?;
    let Some(price) = &current.price else { return Ok(None) };
    let Some(item) = stripe::billed_item(&state.fulfil.stripe, &current.id, price).await? else { return Ok(None) };
    let price = requested.resolve_price(item.currency, request)?;
    let trial = current.trial_after_change(requested.trial_days(), state.fulfil.store.now());
    let is_same = current.price.as_ref() == Some(&price.id);
    let timing = match price.interval {
        _ if is_same && current.has_earlier_change() => ChangeTiming::WithdrawsChange,
        Some(interval) if !is_same && !requested.takes_effect_now(price, catalog, current, item.amount) => {
            ChangeTiming::AtPeriodEnd(interval)
        }
        _ => ChangeTiming::Now,
    };
    Ok(Some(PlannedChange { item, price: price.id.clone(), product: requested.product().id.clone(), trial, timing }))
}

/// Only an active, paid subscription can be changed. Otherwise the payment has to be fixed first.
fn check_in_order(state: &State, subscription: &Subscription) -> Result<(), Problem> {
    check_no_lost_dispute(state, subscription)?;
    let runs = matches!(subscription.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing);
    let is_charged = runs && !subscription.collection_paused;
    if is_charged
        && subscription.is_paid_or_on_trial()
        && subscription.blocking_dispute().is_none()
        && !subscription.is_period_refunded()
    {
        return Ok(());
    }
    let detail = "The subscription is not in order; its payment has to be fixed first.";
    Err(Problem::conflict("payment_problem", detail))
}

impl PlannedChange {
    /// Passes Stripe's answer on. If Stripe refused the price, the catalog's prices are refreshed, and the error is
    /// `unknown_price`.
    pub(crate) async fn handle_price_refusal<T>(
        &self,
        state: &State,
        caller: &Caller,
        subscription: &SubscriptionId,
        answer: Result<T, StripeError>,
    ) -> Result<Result<T, StripeError>, HandlerError> {
        match answer {
            Err(error) if error.is_price_refused() => {
                fulfil::refresh_prices(&state.fulfil, &self.product).await;
                // A schedule may have been released for this change.
                refresh(state, caller, subscription).await?;
                Err(Problem::unknown_price().with_cause(error).into())
            }
            answer => Ok(answer),
        }
    }

    fn is_change(&self, current: &Subscription) -> bool {
        let scheduled = current.scheduled_change.as_ref().map(|change| &change.price);
        match self.timing {
            ChangeTiming::WithdrawsChange => true,
            ChangeTiming::AtPeriodEnd(_) => {
                scheduled != Some(&self.price) || current.pending_update_expires_at.is_some()
            }
            ChangeTiming::Now => current.price.as_ref() != Some(&self.price),
        }
    }

    /// Something is charged when it takes effect at once.
    fn charges_now(&self, current: &Subscription) -> bool {
        self.timing == ChangeTiming::Now && (!current.on_trial() || self.trial == TrialAfterChange::EndsNow)
    }

    /// Whether a period that it charges would be cut short by the day for which the subscription was canceled. The flag
    /// `cancel_at_period_end` moves along with a new period; a day does not. Only a trial that goes on until then costs nothing.
    fn is_cut_short(&self, current: &Subscription) -> bool {
        let trial_end = match self.trial {
            TrialAfterChange::Unchanged => current.trial_end.filter(|_| current.on_trial()),
            TrialAfterChange::EndsAt(at) => Some(at),
            TrialAfterChange::EndsNow => None,
        };
        let day = current.cancel_at.filter(|_| !current.cancel_at_period_end);
        day.is_some_and(|day| trial_end.is_none_or(|trial_end| trial_end < day))
    }

    /// Checks what else prevents the change. Stripe supports pending updates for cards only, and a subscription that
    /// ends with its period cannot change after it.
    pub(crate) fn check_preconditions(&self, current: &Subscription) -> Result<(), Problem> {
        if self.charges_now(current) && !self.item.pays_by_card {
            let detail = "The subscription is not charged to a card, and only a card can be charged at once.";
            return Err(Problem::conflict("card_required", detail));
        }
        let ends_first = match self.timing {
            ChangeTiming::AtPeriodEnd(_) => current.ends_with_period(),
            ChangeTiming::Now => self.is_cut_short(current),
            ChangeTiming::WithdrawsChange => false,
        };
        if ends_first {
            let detail = "The subscription ends before the change would take effect or be used up; resume it first.";
            return Err(Problem::conflict("subscription_ending", detail));
        }
        Ok(())
    }
}
