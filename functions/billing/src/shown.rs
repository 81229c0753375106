//! A subscription as clients see it. Every route that shows or changes one answers with this.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use shared::Failure;
use shared::domain::{
    Catalog, Currency, Door, Interval, Money, PriceId, ProductId, ScheduledChange, Subscription, SubscriptionId, access,
};
use shared::http::{AccessAnswer, Caller};
use shared::stripe;

use crate::State;
use crate::known::Known;
use crate::payment_problem::{self, PaymentProblem};

/// What Stripe is asked for beside the facts has to come soon, or is left out.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize)]
pub(crate) struct Shown {
    plan: Option<ProductId>,
    /// Stripe's, or `payment_pending`.
    status: Option<String>,
    #[serde(flatten)]
    access: AccessAnswer,
    subscription_id: Option<SubscriptionId>,
    price_id: Option<PriceId>,
    interval: Option<Interval>,
    current_period_start: Option<Timestamp>,
    current_period_end: Option<Timestamp>,
    cancel_at_period_end: bool,
    /// When it will end, by whatever was settled.
    cancel_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    trial_end: Option<Timestamp>,
    scheduled_change: Option<ShownChange>,
    payment_problem: Option<PaymentProblem>,
    #[serde(flatten)]
    next_invoice: Option<NextInvoice>,
}

/// What is settled for later; a price that is not offered any more has no plan to show.
#[derive(Serialize)]
struct ShownChange {
    plan: Option<ProductId>,
    interval: Option<Interval>,
    at: Timestamp,
}

impl ShownChange {
    fn of(change: &ScheduledChange, catalog: &Catalog) -> Self {
        let (product, price) = catalog.price(change.price.as_str()).unzip();
        Self {
            plan: product.map(|product| product.id.clone()),
            interval: price.and_then(|price| price.interval),
            at: change.at,
        }
    }
}

#[derive(Serialize)]
struct NextInvoice {
    next_invoice_amount: i64,
    next_invoice_currency: Currency,
    next_invoice_at: Timestamp,
}

/// Shows a subscription, or that there is none.
pub(crate) async fn show(
    state: &State,
    caller: &Caller,
    known: &Known,
    subscription: Option<&Subscription>,
) -> Result<Shown, Failure> {
    let now = state.fulfil.store.now();
    let Some(subscription) = subscription else {
        return Ok(none(&*state.fulfil.store.catalog().await?, now, state));
    };
    let (payment_problem, next_invoice) =
        tokio::join!(payment_problem::find(state, caller, subscription, now), next_invoice(state, subscription));
    let door = Door::OpenedBy(subscription.product.as_slice());
    let scheduled_change = match &subscription.scheduled_change {
        Some(change) => Some(ShownChange::of(change, &*state.fulfil.store.catalog().await?)),
        None => None,
    };
    Ok(Shown {
        plan: subscription.product.clone(),
        status: Some(subscription.shown_status().to_owned()),
        access: access(now, &state.policy, known.facts(), door).into(),
        subscription_id: Some(subscription.id.clone()),
        price_id: subscription.price.clone(),
        interval: subscription.interval,
        current_period_start: Some(subscription.period_start),
        current_period_end: Some(subscription.period_end),
        cancel_at_period_end: subscription.cancel_at_period_end,
        cancel_at: subscription.ends_at(),
        ended_at: subscription.ended_at,
        trial_end: subscription.trial_end,
        scheduled_change,
        payment_problem,
        next_invoice,
    })
}

/// Who has no subscription has the free plan, if there is one.
fn none(catalog: &Catalog, now: Timestamp, state: &State) -> Shown {
    let free = catalog.offered().find(|product| product.is_everybodys());
    Shown {
        plan: free.map(|product| product.id.clone()),
        status: None,
        access: access(now, &state.policy, [], Door::OpenedBy(&[])).into(),
        subscription_id: None,
        price_id: None,
        interval: None,
        current_period_start: None,
        current_period_end: None,
        cancel_at_period_end: false,
        cancel_at: None,
        ended_at: None,
        trial_end: None,
        scheduled_change: None,
        payment_problem: None,
        next_invoice: None,
    }
}

/// What the next period will cost, taxes, discounts and credit included; only Stripe knows.
async fn next_invoice(state: &State, subscription: &Subscription) -> Option<NextInvoice> {
    if !subscription.renews() {
        return None;
    }
    let asked = stripe::next_invoice(&state.fulfil.stripe, &subscription.id);
    let Money { amount, currency } = asked_in_time("the next invoice", asked).await.flatten()?;
    Some(NextInvoice {
        next_invoice_amount: amount,
        next_invoice_currency: currency,
        next_invoice_at: subscription.period_end,
    })
}

/// What Stripe answers to `what`, unless it fails or is slow.
pub(crate) async fn asked_in_time<T>(
    what: &'static str,
    asked: impl Future<Output = Result<T, stripe::StripeError>>,
) -> Option<T> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::warn!(what, code = error.code(), "left out of the answer");
            None
        }
        Err(_) => {
            tracing::warn!(what, code = "slow", "left out of the answer");
            None
        }
    }
}
