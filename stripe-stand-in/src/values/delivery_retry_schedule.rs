//! When a failed delivery is retried (<https://docs.stripe.com/webhooks#automatic-retries>).

use std::fmt;
use std::str::FromStr;

use crate::values::seconds;

/// The delays between the attempts to deliver an event. After the last one, delivery stops.
///
/// It parses like the program's option `--retries`: `"1s,30s,10m,1h".parse::<DeliveryRetrySchedule>()`. `stripe` is
/// a schedule like that of Stripe's live mode, which lasts three days. `none` means a single attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRetrySchedule {
    /// Seconds.
    delays: Vec<i64>,
}

/// An invalid retry schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the retry schedule is {0:?}: it must be delays such as 1s,30s,10m,1h, or stripe, or none")]
pub struct DeliveryRetryScheduleError(String);

/// Much shorter than Stripe's, for development.
const DEFAULT_DELAYS: &[i64] = &[1, 5, 30, 120, 600, 3_600];

const HOUR: i64 = 3_600;

const STRIPE_DELAYS: &[i64] = &[300, 1_800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR];

impl Default for DeliveryRetrySchedule {
    fn default() -> DeliveryRetrySchedule {
        DeliveryRetrySchedule { delays: DEFAULT_DELAYS.to_vec() }
    }
}

impl DeliveryRetrySchedule {
    /// The delay after this many failed attempts, in seconds. None when there is no further attempt.
    pub(crate) fn delay_after(&self, attempts: u32) -> Option<i64> {
        let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
        self.delays.get(index).copied()
    }
}

impl FromStr for DeliveryRetrySchedule {
    type Err = DeliveryRetryScheduleError;

    fn from_str(text: &str) -> Result<DeliveryRetrySchedule, DeliveryRetryScheduleError> {
        let delays = match text {
            "none" => Some(Vec::new()),
            "stripe" => Some(STRIPE_DELAYS.to_vec()),
            _ => text.split(',').map(seconds::parse).collect(),
        };
        delays.map(|delays| DeliveryRetrySchedule { delays }).ok_or_else(|| DeliveryRetryScheduleError(text.to_owned()))
    }
}

impl fmt::Display for DeliveryRetrySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.delays.is_empty() {
            return f.write_str("none");
        }
        let delays: Vec<String> = self.delays.iter().map(|delay| seconds::format(*delay)).collect();
        f.write_str(&delays.join(","))
    }
}
