//! How patient the installation is with subscriptions, from the environment.

use jiff::SignedDuration;

use crate::config::{ConfigError, Lookup, true_or_false};
use crate::domain::{PausedCollectionAccess, SubscriptionPolicy};

/// Longer than any of Stripe's retry schedules.
const MAX_DAYS: i64 = 90;

/// Reads the values, days as whole numbers.
///
/// Read from `SUBSCRIPTION_LEEWAY_DAYS`, default 3: how long access outlives a period that is to be renewed.
/// Read from `PAST_DUE_GRACE_DAYS`, default 0: how long it outlives the beginning of a renewed period that could not be paid, if
/// something was paid before.
/// Read from `DEBIT_PENDING_DAYS`, default 14: how long it outlives the beginning of a renewed period while a bank debit
/// for it is processing.
/// Read from `PAUSED_COLLECTION_OPENS`, default `false`: whether access goes on while the collection of payments is paused, if
/// something was paid before.
/// Read from `REFUND_CLOSES_PERIOD`, default `true`: whether a full refund of a period's invoice closes that period.
///
/// # Errors
/// When one of them is not a number of days from 0 to 90, or neither `true` nor `false`.
pub fn from_lookup(lookup: &Lookup<'_>) -> Result<SubscriptionPolicy, ConfigError> {
    let default = SubscriptionPolicy::default();
    Ok(SubscriptionPolicy {
        renewal_leeway: lookup.parsed("SUBSCRIPTION_LEEWAY_DAYS", default.renewal_leeway, days)?,
        past_due_grace: lookup.parsed("PAST_DUE_GRACE_DAYS", default.past_due_grace, days)?,
        pending_debit_grace: lookup.parsed("DEBIT_PENDING_DAYS", default.pending_debit_grace, days)?,
        paused_collection: lookup.parsed("PAUSED_COLLECTION_OPENS", default.paused_collection, paused_collection)?,
        refund_closes_period: lookup.parsed("REFUND_CLOSES_PERIOD", default.refund_closes_period, true_or_false)?,
    })
}

fn days(text: &str) -> Result<SignedDuration, &'static str> {
    let days = text.parse().ok().filter(|days| (0..=MAX_DAYS).contains(days));
    days.map(|days: i64| SignedDuration::from_hours(days.saturating_mul(24)))
        .ok_or("it has to be a whole number of days from 0 to 90")
}

fn paused_collection(text: &str) -> Result<PausedCollectionAccess, &'static str> {
    true_or_false(text)
        .map(|opens| if opens { PausedCollectionAccess::AsIfPaid } else { PausedCollectionAccess::UntilPaidPeriodEnds })
}
