//! Schedules the cancellation of a subscription (<https://docs.stripe.com/billing/subscriptions/cancel>).

use serde_json::json;

use crate::state::transaction::Tx;
use crate::values::object::Object;
use crate::values::objects::subscription_item;

/// When a subscription will be canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelAt {
    /// At the end of the period, by `cancel_at_period_end`.
    PeriodEndByFlag,
    /// At the end of the period, by `cancel_at`, as Stripe's portal does it.
    PeriodEndByDate,
    /// Unix seconds.
    Time(i64),
    Never,
}

/// Sets when a subscription will be canceled.
pub(crate) fn set(tx: &Tx<'_>, subscription: &mut Object, cancel_at: CancelAt) {
    let period_end = subscription_item::period(subscription).1;
    let at = match cancel_at {
        CancelAt::PeriodEndByFlag | CancelAt::PeriodEndByDate => Some(period_end),
        CancelAt::Time(time) => Some(time),
        CancelAt::Never => None,
    };
    subscription.set("cancel_at_period_end", cancel_at == CancelAt::PeriodEndByFlag);
    subscription.set("cancel_at", at);
    let requested_at = subscription.get("canceled_at").as_i64().unwrap_or_else(|| tx.now());
    subscription.set("canceled_at", at.map(|_| requested_at));
    let mut details = subscription.get("cancellation_details").clone();
    details["reason"] = json!(at.map(|_| "cancellation_requested"));
    subscription.set("cancellation_details", details);
}
