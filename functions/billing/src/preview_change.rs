//! `POST /billing/subscription/change/preview`: what a change would charge at once.

use axum::Json;
use axum::extract::State as FromState;
use jiff::Timestamp;
use serde::Serialize;
use shared::Failure;
use shared::domain::{Currency, TrialAfterChange};
use shared::http::{Body, CountedCaller};
use shared::stripe::{self, Preview, PreviewLine, Swap};

use crate::State;
use crate::offer::Wish;
use crate::order::{Effect, Judged, Order, judge, same_plan};

#[derive(Serialize)]
pub(crate) struct ShownPreview {
    amount_due: i64,
    total: i64,
    currency: Currency,
    lines: Vec<Line>,
    proration_date: Option<Timestamp>,
    /// With the end of the period; `None` is at once.
    takes_effect_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Line {
    description: Option<String>,
    amount: i64,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    CountedCaller(caller): CountedCaller,
    Body(wish): Body<Wish>,
) -> Result<Json<ShownPreview>, Failure> {
    let Judged::Change(known, order) = judge(&state, &caller, &wish).await? else {
        return Err(same_plan().into());
    };
    let subscription = known.changeable(wish.subscription_id.as_deref())?.subscription;
    // On a test clock only Stripe knows what time it is.
    let now = Timestamp::from_second(state.fulfil.store.now().as_second()).ok();
    let prorated_at = now.filter(|_| !order.item.on_test_clock);
    order.check(subscription)?;
    if let Effect::AtPeriodEnd(_) = order.effect {
        return Ok(Json(ShownPreview { takes_effect_at: Some(subscription.period_end), ..nothing(&order, None) }));
    }
    if order.effect == Effect::TakesBack {
        return Ok(Json(nothing(&order, None)));
    }
    if subscription.on_trial() && order.trial != TrialAfterChange::EndsNow {
        return Ok(Json(nothing(&order, prorated_at)));
    }
    let (item, price, trial) = (&order.item.id, &order.price, order.trial);
    let swap = Swap { subscription: &subscription.id, item, price, prorated_at, trial };
    let answer = stripe::preview_swap(&state.fulfil.stripe, &swap).await;
    let Preview { due, total, lines, prorated_at: said } =
        order.unless_price_refused(&state, &caller, &subscription.id, answer).await??;
    let lines = lines.into_iter().map(|PreviewLine { description, amount }| Line { description, amount });
    Ok(Json(ShownPreview {
        amount_due: due.amount,
        total,
        currency: due.currency,
        lines: lines.collect(),
        proration_date: said.or(prorated_at),
        takes_effect_at: None,
    }))
}

/// Nothing is charged in a trial that goes on, whatever it is a trial of. Stripe would show the invoice that follows it.
fn nothing(order: &Order, proration_date: Option<Timestamp>) -> ShownPreview {
    let currency = order.item.currency;
    ShownPreview { amount_due: 0, total: 0, currency, lines: Vec::new(), proration_date, takes_effect_at: None }
}
