//! `POST /billing/subscription/change`: another plan or interval. A higher one at once, paid for or not at all; a lower one
//! with the end of the period, so that nothing is given back that was used.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use shared::Failure;
use shared::domain::{Interval, TrialAfterChange};
use shared::http::{Body, Caller, CountedCaller};
use shared::stripe::{self, LaterSwap, Swap, Swapped};

use crate::State;
use crate::act::{key, look, release, settle, show_again};
use crate::known::{Known, Meant};
use crate::offer::{Wish, check_date};
use crate::order::{Effect, Judged, Order, judge, same_plan};
use crate::resume_subscription::payment_required;
use crate::shown::Shown;

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    CountedCaller(caller): CountedCaller,
    Body(wish): Body<Wish>,
) -> Result<Json<Shown>, Failure> {
    let named = wish.subscription_id.as_deref();
    let (known, order) = match judge(&state, &caller, &wish).await? {
        Judged::Change(known, order) => (known, order),
        Judged::Made(known) => {
            let id = &known.changeable(named)?.subscription.id;
            return show_again(&state, &caller, &known, id).await.map(Json);
        }
    };
    let meant = known.changeable(named)?;
    let current = meant.subscription;
    order.check(current)?;
    let id = &current.id;
    let done = match order.effect {
        Effect::Now => {
            check_date(wish.proration_date, state.fulfil.store.now(), &order.item)?;
            release(&state, &meant, order.item.schedule.as_deref()).await?;
            swap(&state, &caller, &meant, &order, wish.proration_date).await?
        }
        Effect::AtPeriodEnd(interval) => {
            release(&state, &meant, order.item.schedule.as_deref()).await?;
            later(&state, &caller, &meant, &order, interval).await?
        }
        Effect::TakesBack => {
            release(&state, &meant, order.item.schedule.as_deref()).await?;
            look(&state, &caller, id).await?
        }
    };
    show_again(&state, &caller, &done, id).await.map(Json)
}

/// Another price at once. A change keeps a settled cancellation.
async fn swap(
    state: &State,
    caller: &Caller,
    meant: &Meant<'_>,
    order: &Order,
    prorated_at: Option<Timestamp>,
) -> Result<Known, Failure> {
    let id = &meant.subscription.id;
    let date = prorated_at.map_or(0, Timestamp::as_second);
    let trial = match order.trial {
        TrialAfterChange::Unchanged => "",
        TrialAfterChange::EndsNow => ":trial-ends-now",
        TrialAfterChange::EndsAt(_) => ":trial-ends-sooner",
    };
    let key = format!("{}:{}:{date}{trial}", key(state, "change", meant), order.price);
    let swap = Swap { subscription: id, item: &order.item.id, price: &order.price, prorated_at, trial: order.trial };
    let answer = stripe::swap_price(&state.fulfil.stripe, &swap, &key).await;
    let answer = order.unless_price_refused(state, caller, id, answer).await?;
    match settle(state, caller, id, answer).await? {
        (Swapped::Done, known) => Ok(known),
        (Swapped::Unpaid { hosted_url }, _) => Err(payment_required(hosted_url).into()),
    }
}

/// Another price from the next period on.
async fn later(
    state: &State,
    caller: &Caller,
    meant: &Meant<'_>,
    order: &Order,
    interval: Interval,
) -> Result<Known, Failure> {
    let Meant { subscription: current, .. } = meant;
    let Some(now) = &current.price else { return Err(same_plan().into()) };
    let (id, period) = (&current.id, current.period());
    let swap = LaterSwap { subscription: id, now, period, next: &order.price, interval };
    // After a schedule that was half made and released, Stripe would repeat that one under the same key.
    let released = order.item.schedule.as_deref().unwrap_or_default();
    let key = format!("{}:{}:{released}", key(state, "change-later", meant), order.price);
    let answer = stripe::schedule_swap(&state.fulfil.stripe, &swap, &key).await;
    let answer = order.unless_price_refused(state, caller, id, answer).await?;
    Ok(settle(state, caller, id, answer).await?.1)
}
