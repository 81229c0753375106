//! Meters as the caller has them: limits from the facts, readings from the counters, both from one Query.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{MeterId, MeterUsage, UsagePeriod, UsageWindow, UserId, usage_limits};
use shared::http::Problem;

use crate::state::State;

/// A meter, as the caller has used it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct MeterResponse {
    /// What was used in this period.
    used: u64,
    /// At most so much in a period; `null` is without limit.
    limit: Option<u64>,
    period: UsagePeriod,
    /// When counting begins anew.
    resets_at: Timestamp,
    /// Whether one more may be used.
    allowed: bool,
}

impl From<MeterUsage> for MeterResponse {
    fn from(usage: MeterUsage) -> Self {
        let MeterUsage { used, limit, resets_at } = usage;
        Self { used, limit: limit.at_most, period: limit.per, resets_at, allowed: usage.allows(1) }
    }
}

/// Every meter of the catalog at `now`, with the window that it is counted in.
pub(crate) async fn load_usage(
    state: &State,
    user: &UserId,
    now: Timestamp,
) -> Result<BTreeMap<MeterId, (UsageWindow, MeterUsage)>, Problem> {
    let (catalog, account) = tokio::try_join!(state.store.catalog(), state.store.facts_and_usage(user))?;
    let limits = usage_limits(now, &state.policy, &catalog, &account.facts);
    let meters = limits.into_iter().map(|(meter, limit)| {
        let window = limit.per.window(now);
        let usage = MeterUsage { used: account.counters.used(&meter, &window), limit, resets_at: window.ends };
        (meter, (window, usage))
    });
    Ok(meters.collect())
}
