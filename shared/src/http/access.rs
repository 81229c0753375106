//! An access decision as clients see it.

use jiff::Timestamp;
use serde::Serialize;

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
enum AccessReason {
    AllowedReason(AllowedReason),
    DeniedReason(DeniedReason),
}

impl From<Access> for AccessResponse {
    fn from(access: Access) -> Self {
        match access {
            Access::Allowed { because, until } => {
                Self { has_access: true, because: AccessReason::AllowedReason(because), until }
            }
            Access::Denied { because } => {
                Self { has_access: false, because: AccessReason::DeniedReason(because), until: None }
            }
        }
    }
}
