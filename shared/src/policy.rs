//! How patient the installation is with subscriptions, from the environment.

use jiff::SignedDuration;

use crate::config::{ConfigError, Lookup};
use crate::domain::Policy;

/// Longer than any of Stripe's retry schedules.
const MOST_DAYS: i64 = 90;

/// Reads both values, in whole days.
///
/// Read from `SUBSCRIPTION_LEEWAY_DAYS`, default 3: how long access outlives a period that is to be renewed.
/// Read from `PAST_DUE_GRACE_DAYS`, default 0: how long it outlives the beginning of a period that could not be paid.
///
/// # Errors
/// When one of them is not a number of days from 0 to 90.
pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Policy, ConfigError> {
    let default = Policy::default();
    Ok(Policy {
        leeway: lookup.parsed("SUBSCRIPTION_LEEWAY_DAYS", default.leeway, days)?,
        past_due_grace: lookup.parsed("PAST_DUE_GRACE_DAYS", default.past_due_grace, days)?,
    })
}

fn days(text: &str) -> Result<SignedDuration, &'static str> {
    let days = text.parse().ok().filter(|days| (0..=MOST_DAYS).contains(days));
    days.map(|days| SignedDuration::from_hours(days * 24)).ok_or("it has to be a whole number of days from 0 to 90")
}
