//! Meters as the caller has them: limits from the facts, readings from the counters, both from one Query.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{MeterId, Period, Reading, UserId, Window, limits};
use shared::http::Problem;

use crate::State;

/// A meter as clients see it. A limit of `null` is none at all.
#[derive(Debug, Serialize)]
pub(crate) struct Meter {
    used: u64,
    limit: Option<u64>,
    period: Period,
    resets_at: Timestamp,
    /// Whether one more may be used.
    allowed: bool,
}

impl From<Reading> for Meter {
    fn from(reading: Reading) -> Self {
        let Reading { used, limit, resets_at } = reading;
        Self { used, limit: limit.at_most, period: limit.per, resets_at, allowed: reading.allows(1) }
    }
}

/// Every meter of the catalog at `now`, with the window that it is counted in.
pub(crate) async fn read(
    state: &State,
    user: &UserId,
    now: Timestamp,
) -> Result<BTreeMap<MeterId, (Window, Reading)>, Problem> {
    let (catalog, account) = tokio::try_join!(state.store.catalog(), state.store.account(user))?;
    let limits = limits(now, &state.policy, &catalog, &account.facts);
    let meters = limits.into_iter().map(|(meter, limit)| {
        let window = limit.per.window(now);
        let reading = Reading { used: account.counters.used(&meter, &window), limit, resets_at: window.ends };
        (meter, (window, reading))
    });
    Ok(meters.collect())
}
