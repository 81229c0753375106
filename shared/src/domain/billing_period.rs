//! The time that an invoice, or a period of a subscription, is for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The time that an invoice was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingPeriod {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; the next one begins then.
    pub end: Timestamp,
}

impl BillingPeriod {
    /// Whether this period lasts until the end of the current one, or longer: then its invoice paid for the current period. A
    /// month that a change to a year cut short does not.
    pub fn covers_to_end_of(&self, current: &Self) -> bool {
        self.start < current.end && current.end <= self.end
    }

    /// Whether a moment is in it.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.start <= moment && moment < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(start: i64, end: i64) -> BillingPeriod {
        BillingPeriod { start: Timestamp::new(start, 0).unwrap(), end: Timestamp::new(end, 0).unwrap() }
    }

    #[test]
    fn what_ends_before_the_current_period_did_not_pay_for_it() {
        for (paid, expected) in [
            ((0, 10), false),
            ((0, 15), false),
            ((10, 19), false),
            ((10, 20), true),
            ((15, 20), true),
            ((0, 99), true),
            ((20, 30), false),
        ] {
            assert_eq!(period(paid.0, paid.1).covers_to_end_of(&period(10, 20)), expected, "{paid:?}");
        }
    }
}
