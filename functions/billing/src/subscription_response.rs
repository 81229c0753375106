//! A subscription as clients see it. Every route that shows or changes one answers with this.

use jiff::Timestamp;
use serde::Serialize;
use shared::HandlerError;
use shared::domain::{
    AccessTarget, Catalog, Currency, Interval, Money, PriceId, ProductId, ScheduledChange, Subscription,
    SubscriptionId, decide_access,
};
use shared::http::{AccessResponse, Caller};
use shared::stripe;

use crate::learner_facts::LearnerFacts;
use crate::payment_problem::{self, PaymentProblem};
use crate::state::State;
use crate::timeout::optional_within_timeout;

/// A subscription, why it opens or not, and what is to be paid.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct SubscriptionResponse {
    /// The plan; without a subscription, the free one.
    plan: Option<ProductId>,
    /// Where it stands; `null` is no subscription.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<shared::domain::DisplayStatus>"))]
    status: Option<String>,
    #[serde(flatten)]
    access: AccessResponse,
    subscription_id: Option<SubscriptionId>,
    price_id: Option<PriceId>,
    interval: Option<Interval>,
    current_period_start: Option<Timestamp>,
    current_period_end: Option<Timestamp>,
    /// Whether it ends with its period.
    cancel_at_period_end: bool,
    /// When it will end, by whatever was settled.
    cancel_at: Option<Timestamp>,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// When its trial ends or ended.
    trial_end: Option<Timestamp>,
    /// What is settled for the end of the period.
    scheduled_change: Option<ScheduledChangeResponse>,
    /// Which payment failed, and what mends it.
    payment_problem: Option<PaymentProblem>,
    #[serde(flatten)]
    next_invoice: Option<NextInvoiceResponse>,
}

/// What is settled for later; a price that is not offered any more has no plan to show.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct ScheduledChangeResponse {
    /// The next plan.
    plan: Option<ProductId>,
    /// How often it is paid.
    interval: Option<Interval>,
    /// When it begins.
    at: Timestamp,
}

impl ScheduledChangeResponse {
    fn of(change: &ScheduledChange, catalog: &Catalog) -> Self {
        let (product, price) = catalog.price(change.price.as_str()).unzip();
        Self {
            plan: product.map(|product| product.id.clone()),
            interval: price.and_then(|price| price.interval),
            at: change.at,
        }
    }
}

/// The next invoice. Missing when there will be none, or when Stripe does not answer.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct NextInvoiceResponse {
    /// What the next invoice will ask for, in minor units: taxes, discounts and credit included.
    next_invoice_amount: i64,
    next_invoice_currency: Currency,
    /// When it will be charged.
    next_invoice_at: Timestamp,
}

/// Loads what the response needs beside the facts: the catalog and, from Stripe, the unpaid invoice, a portal session and the
/// next invoice. Without a subscription it shows the free plan.
pub(crate) async fn load_subscription_response(
    state: &State,
    caller: &Caller,
    facts: &LearnerFacts,
    subscription: Option<&Subscription>,
) -> Result<SubscriptionResponse, HandlerError> {
    let now = state.fulfil.store.now();
    let Some(subscription) = subscription else {
        return Ok(no_subscription_response(&*state.fulfil.store.catalog().await?, now, state));
    };
    let (payment_problem, next_invoice) = tokio::join!(
        payment_problem::find_payment_problem(state, caller, subscription, now),
        next_invoice(state, subscription)
    );
    let target = AccessTarget::AnyOf(subscription.product.as_slice());
    let scheduled_change = match &subscription.scheduled_change {
        Some(change) => Some(ScheduledChangeResponse::of(change, &*state.fulfil.store.catalog().await?)),
        None => None,
    };
    Ok(SubscriptionResponse {
        plan: subscription.product.clone(),
        status: Some(subscription.display_status().to_owned()),
        access: decide_access(now, &state.policy, facts.iter(), target).into(),
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

/// A learner without a subscription has the free plan, if there is one.
fn no_subscription_response(catalog: &Catalog, now: Timestamp, state: &State) -> SubscriptionResponse {
    let free = catalog.offered_products().find(|product| product.is_free_plan());
    SubscriptionResponse {
        plan: free.map(|product| product.id.clone()),
        status: None,
        access: decide_access(now, &state.policy, [], AccessTarget::AnyOf(&[])).into(),
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
async fn next_invoice(state: &State, subscription: &Subscription) -> Option<NextInvoiceResponse> {
    if !subscription.renews() {
        return None;
    }
    let call = stripe::preview_next_invoice(&state.fulfil.stripe, &subscription.id);
    let Money { amount, currency } = optional_within_timeout("the next invoice", call).await.flatten()?;
    Some(NextInvoiceResponse {
        next_invoice_amount: amount,
        next_invoice_currency: currency,
        next_invoice_at: subscription.period_end,
    })
}
