//! An access decision as clients see it.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Access, AllowedReason, DeniedReason};

/// `{has_access, because, until}`: whether, why (with the Stripe object and the date), and until when.
#[derive(Debug, Clone, Serialize)]
pub struct AccessResponse {
    has_access: bool,
    because: AccessReason,
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize)]
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
