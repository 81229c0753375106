//! The routes of a subscription, and the requests that most tests send there.

use serde_json::{Value, json};

pub(crate) const SUBSCRIPTION: &str = "/billing/subscription";
pub(crate) const CANCEL: &str = "/billing/subscription/cancel";
pub(crate) const RESUME: &str = "/billing/subscription/resume";
pub(crate) const CHANGE: &str = "/billing/subscription/change";
pub(crate) const PREVIEW: &str = "/billing/subscription/change/preview";

/// A checkout of the plan Premium by the month, without its trial.
pub(crate) fn premium() -> Value {
    json!({"plan_id": "premium", "trial_days": 0})
}

/// The plan Plus, for a checkout or a change.
pub(crate) fn plus() -> Value {
    json!({"plan_id": "plus"})
}
