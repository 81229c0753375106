//! An access decision as clients see it.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::problem::Problem;
use crate::domain::{Access, AllowedReason, DeniedReason};

/// Whether a learner may open it, why (with the Stripe object and the date), and until when.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccessResponse {
    /// Whether the learner may open it.
    has_access: bool,
    /// Why, or why not.
    because: AccessReason,
    /// Until when. `null` is for good, or closed.
    until: Option<Timestamp>,
}

/// Why it is open or closed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AccessReason {
    /// Why it is open.
    AllowedReason(AllowedReason),
    /// Why it is closed.
    DeniedReason(DeniedReason),
}

impl From<Access> for AccessReason {
    fn from(access: Access) -> Self {
        match access {
            Access::Allowed { because, .. } => Self::AllowedReason(because),
            Access::Denied { because } => Self::DeniedReason(because),
        }
    }
}

impl From<Access> for AccessResponse {
    fn from(access: Access) -> Self {
        let until = match &access {
            Access::Allowed { until, .. } => *until,
            Access::Denied { .. } => None,
        };
        Self { has_access: access.is_allowed(), because: access.into(), until }
    }
}

impl Problem {
    /// 403: the learner may not open it, and why.
    pub fn no_access(because: Access) -> Self {
        // Reasons are structs of texts and times: they are always JSON.
        let because = serde_json::to_value(AccessReason::from(because)).unwrap_or_default();
        let detail = "You may not open this course.";
        Self::new(StatusCode::FORBIDDEN, "no_access", detail).with_member("because", because)
    }
}
