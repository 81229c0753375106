//! What a learner may use: the most generous limits of all plans that the learner has, counted anew every day, week or
//! month.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::access::{AccessTarget, Fact, decide_access};
use super::catalog::Catalog;
use super::id::MeterId;
use super::plan::{UsageLimit, UsagePeriod};
use super::subscription::SubscriptionPolicy;

/// One day, week or month of counting, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageWindow {
    /// Its name: `2026-11-21`, `2026-W47` or `2026-11`.
    pub key: String,
    /// Its first moment.
    pub starts: Timestamp,
    /// The first moment after it.
    pub ends: Timestamp,
}

/// A meter as it stands for a learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterUsage {
    /// How much was used in the current day, week or month.
    pub used: u64,
    /// How much may be used.
    pub limit: UsageLimit,
    /// When counting begins anew.
    pub resets_at: Timestamp,
}

impl MeterUsage {
    /// Whether so much more may be used.
    pub fn allows(&self, quantity: u64) -> bool {
        self.limit.at_most.is_none_or(|most| self.used.saturating_add(quantity) <= most)
    }

    /// The usage once so much more was used.
    pub fn with_consumed(self, quantity: u64) -> Self {
        Self { used: self.used.saturating_add(quantity), ..self }
    }
}

impl UsagePeriod {
    /// The day, week or month of `now`. Weeks are ISO 8601's: they begin on Monday, and one that lies in two years is of
    /// the year that has its Thursday.
    pub fn window(self, now: Timestamp) -> UsageWindow {
        let today = now.to_zoned(TimeZone::UTC).date();
        let week = today.iso_week_date();
        let (first, length, key) = match self {
            Self::Day => (Ok(today), 1.day(), today.to_string()),
            Self::Week => {
                let since_monday = today.weekday().to_monday_zero_offset();
                let key = format!("{:04}-W{:02}", week.year(), week.week());
                (today.checked_sub(since_monday.days()), 7.days(), key)
            }
            Self::Month => (Ok(today.first_of_month()), 1.month(), format!("{:04}-{:02}", today.year(), today.month())),
        };
        // A window that would reach beyond the calendar ends with it.
        let starts = first.clone().and_then(midnight).unwrap_or(Timestamp::MIN);
        let ends = first.and_then(|first| first.checked_add(length)).and_then(midnight).unwrap_or(Timestamp::MAX);
        UsageWindow { key, starts, ends }
    }
}

fn midnight(day: Date) -> Result<Timestamp, jiff::Error> {
    Ok(day.to_zoned(TimeZone::UTC)?.timestamp())
}

/// What a learner with these facts may use at `now`: of every meter on offer the most that the free plan or any plan that
/// the learner has allows, or else nothing. A plan that is not offered any more counts for those who have it.
///
/// A meter has one period in all plans; `tuition catalog` sees to that. Should two ever differ, the first one counts.
pub fn usage_limits(
    now: Timestamp,
    policy: &SubscriptionPolicy,
    catalog: &Catalog,
    facts: &[Fact],
) -> BTreeMap<MeterId, UsageLimit> {
    let mut limits: BTreeMap<MeterId, UsageLimit> = BTreeMap::new();
    for (product, plan) in catalog.all_plans() {
        let has =
            || decide_access(now, policy, facts, AccessTarget::AnyOf(std::slice::from_ref(&product.id))).is_allowed();
        let counts = product.is_free_plan() || has();
        if product.retired && !counts {
            continue;
        }
        for (meter, limit) in &plan.limits {
            let known = limits.entry(meter.clone()).or_insert(UsageLimit { at_most: Some(0), per: limit.per });
            if counts {
                known.at_most = higher_limit(known.at_most, limit.at_most);
            }
        }
    }
    limits
}

/// `None` is without limit.
fn higher_limit(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    Some(one?.max(other?))
}

#[cfg(test)]
mod tests;
