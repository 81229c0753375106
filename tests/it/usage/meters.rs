//! The meters of the catalog that the tests use.

/// 30 a day in the free plan; 300 in Premium; without a limit in Plus.
pub(super) const MINUTES: &str = "ai_minutes";
/// 5 a week in the free plan; without a limit in Premium.
pub(super) const SCENARIOS: &str = "scenarios";
