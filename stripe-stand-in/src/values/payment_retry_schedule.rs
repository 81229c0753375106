//! When a failed payment of an invoice is retried
//! (<https://docs.stripe.com/billing/revenue-recovery/smart-retries>).

use std::str::FromStr;

use crate::values::chaos::DelayRange;
use crate::values::random;

/// The default schedule. Like Stripe's, it ends after about two weeks.
pub(crate) const DEFAULT: &str = "3d,5d,7d";

/// The delays between the automatic attempts to pay an invoice, such as `3d,5d,7d` or `2d..4d,4d..6d`. `none` means a
/// single attempt. Stripe chooses the delays by machine learning. Here a seed chooses them from the ranges.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PaymentRetrySchedule {
    delays: Vec<DelayRange>,
}

/// An invalid schedule of payment retries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schedule is {0:?}: it must be delays or ranges of delays such as 3d,4d..6d, or none")]
pub(crate) struct PaymentRetryScheduleError(String);

impl FromStr for PaymentRetrySchedule {
    type Err = PaymentRetryScheduleError;

    fn from_str(text: &str) -> Result<PaymentRetrySchedule, PaymentRetryScheduleError> {
        let delays = match text {
            "none" => Some(Vec::new()),
            _ => text.split(',').map(DelayRange::parse).collect(),
        };
        delays.map(|delays| PaymentRetrySchedule { delays }).ok_or_else(|| PaymentRetryScheduleError(text.to_owned()))
    }
}

impl PaymentRetrySchedule {
    /// The delay after this many failed attempts, in seconds. None when there is no further attempt. `invoice_number`
    /// is 1 for the account's first invoice.
    pub(crate) fn delay_after(&self, attempts: i64, invoice_number: i64, seed: u64) -> Option<i64> {
        let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
        let random = random::number(seed, [invoice_number.cast_unsigned(), attempts.cast_unsigned()]);
        self.delays.get(index).map(|range| range.pick(random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PaymentRetrySchedule, PaymentRetryScheduleError> {
        text.parse()
    }

    #[test]
    fn a_delay_is_chosen_from_its_range_by_seed_invoice_and_attempt() {
        let schedule = parse("3d,2d..4d").unwrap();
        let second = |invoice, seed| schedule.delay_after(2, invoice, seed).unwrap();
        assert_eq!(schedule.delay_after(1, 1, 7), Some(3 * 86_400));
        assert_eq!(schedule.delay_after(3, 1, 7), None);
        assert_eq!(second(1, 7), second(1, 7));
        assert!(second(1, 7) != second(2, 7) && second(1, 7) != second(1, 8));
        assert!((1..100).all(|invoice| (2 * 86_400..=4 * 86_400).contains(&second(invoice, 7))));
    }

    #[test]
    fn an_invalid_schedule_is_refused() {
        assert_eq!(parse("none").unwrap().delay_after(1, 1, 0), None);
        for text in ["", "3d,", "4d..2d", "soon"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
