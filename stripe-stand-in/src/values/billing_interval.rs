//! Billing intervals (<https://docs.stripe.com/billing/subscriptions/billing-cycle>): periods are multiples of an
//! interval from an anchor, in UTC. With an anchor on the 31st, shorter months bill on their last day.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde_json::Value;

/// Seconds of an hour.
pub(crate) const HOUR: i64 = 60 * 60;

pub(crate) const DAY: i64 = 24 * HOUR;

/// A price's `interval` and `interval_count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    unit: Unit,
    count: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Days,
    Months,
}

impl Interval {
    /// The interval of a price's `recurring` hash.
    pub(crate) fn from_recurring(recurring: &Value) -> Interval {
        let count = recurring["interval_count"].as_i64().unwrap_or(1).max(1);
        let (unit, factor) = match recurring["interval"].as_str() {
            Some("day") => (Unit::Days, 1),
            Some("week") => (Unit::Days, 7),
            Some("year") => (Unit::Months, 12),
            _ => (Unit::Months, 1),
        };
        Interval { unit, count: count * factor }
    }

    /// The end of the billing period that contains `time` or begins with it. All times are unix seconds.
    pub(crate) fn period_end_after(self, anchor: i64, time: i64) -> i64 {
        let mut number = self.estimate_passed(anchor, time);
        while self.add_to(anchor, number) <= time {
            number += 1;
        }
        self.add_to(anchor, number)
    }

    /// The anchor plus `number` intervals. `number` may be negative.
    pub(crate) fn add_to(self, anchor: i64, number: i64) -> i64 {
        let whole = self.count.saturating_mul(number);
        match self.unit {
            Unit::Days => anchor.saturating_add(whole.saturating_mul(DAY)),
            Unit::Months => {
                let span = Span::new().try_months(whole);
                let end = span.ok().and_then(|span| to_utc(anchor).checked_add(span).ok());
                end.map_or(i64::MAX, |end| end.timestamp().as_second())
            }
        }
    }

    /// A lower estimate of the number of intervals between anchor and time. It is at most one too low.
    fn estimate_passed(self, anchor: i64, time: i64) -> i64 {
        match self.unit {
            Unit::Days => (time - anchor).div_euclid(DAY * self.count),
            Unit::Months => {
                let (from, to) = (to_utc(anchor), to_utc(time));
                let years = i64::from(to.year()) - i64::from(from.year());
                let months = years * 12 + i64::from(to.month()) - i64::from(from.month());
                (months - 1).div_euclid(self.count)
            }
        }
    }
}

/// The time `months` after `time`, for repeating coupons.
pub(crate) fn months_after(time: i64, months: i64) -> i64 {
    Interval { unit: Unit::Months, count: months }.add_to(time, 1)
}

/// Formats a date for invoices, such as `12 Mar 2026`.
pub(crate) fn format_date(time: i64) -> String {
    to_utc(time).strftime("%-d %b %Y").to_string()
}

fn to_utc(time: i64) -> Zoned {
    Timestamp::from_second(time).unwrap_or_default().to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn a_period_ends_one_interval_after_it_began() {
        let cases = [
            ("month", 1, "2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z"),
            ("month", 1, "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z", "2026-03-31T10:00:00Z"),
            ("month", 1, "2026-01-31T10:00:00Z", "2026-02-28T09:59:59Z", "2026-02-28T10:00:00Z"),
            ("month", 3, "2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z", "2027-02-28T00:00:00Z"),
            ("year", 1, "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z"),
            ("year", 1, "2024-02-29T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("week", 2, "2026-01-01T00:00:00Z", "2026-01-14T23:59:59Z", "2026-01-15T00:00:00Z"),
            ("day", 1, "2026-03-28T12:00:00Z", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
            // A trial ends before the anchor, which is in the future.
            ("month", 1, "2026-05-15T00:00:00Z", "2026-05-01T00:00:00Z", "2026-05-15T00:00:00Z"),
        ];
        for (interval, count, anchor, time, expected) in cases {
            let interval = Interval::from_recurring(&json!({ "interval": interval, "interval_count": count }));
            assert_eq!(interval.period_end_after(at(anchor), at(time)), at(expected), "{interval:?} {anchor} {time}");
        }
    }
}
