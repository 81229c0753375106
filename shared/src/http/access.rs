//! An access decision as clients see it.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Access, Opened, Refused};

/// `{has_access, because, until}`: whether, why (with the Stripe object and the date), and until when.
#[derive(Debug, Clone, Serialize)]
pub struct AccessAnswer {
    has_access: bool,
    because: Because,
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Because {
    Opened(Opened),
    Refused(Refused),
}

impl From<Access> for AccessAnswer {
    fn from(access: Access) -> Self {
        match access {
            Access::Allowed { because, until } => Self { has_access: true, because: Because::Opened(because), until },
            Access::Denied { because } => Self { has_access: false, because: Because::Refused(because), until: None },
        }
    }
}
