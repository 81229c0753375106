//! Refunds and disputes of the invoices of a subscription.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::billing_period::BillingPeriod;
use super::dispute::DisputeStatus;
use super::id::RefundId;
use super::refund::{Refund, refunded_amount};

/// A dispute of an invoice. It closes only the time that the invoice was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredDispute")]
pub struct InvoiceDispute {
    /// Where it stands.
    pub status: DisputeStatus,
    /// What the invoice was for; `None` when that is not known: then it closes any period.
    pub period: Option<BillingPeriod>,
}

/// Facts that were written before the period was known hold the status alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredDispute {
    Status(DisputeStatus),
    Dispute { status: DisputeStatus, period: Option<BillingPeriod> },
}

impl From<StoredDispute> for InvoiceDispute {
    fn from(stored: StoredDispute) -> Self {
        match stored {
            StoredDispute::Status(status) => Self { status, period: None },
            StoredDispute::Dispute { status, period } => Self { status, period },
        }
    }
}

impl InvoiceDispute {
    /// Whether it closes this period.
    pub fn blocks_access_in(&self, current: &BillingPeriod) -> bool {
        self.status.blocks_access() && self.period.is_none_or(|period| period.covers_to_end_of(current))
    }
}

/// What went back of the invoice of a period. An invoice of a change, which has prorations only, has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRefunds {
    /// What the invoice was for.
    pub period: BillingPeriod,
    /// What was paid of it, in minor units.
    pub paid: i64,
    /// Every refund, by its id.
    pub refunds: BTreeMap<RefundId, Refund>,
}

impl InvoiceRefunds {
    /// The sum of the refunds that count, in minor units.
    pub fn refunded(&self) -> i64 {
        refunded_amount(&self.refunds)
    }

    /// Whether all that was paid for this period went back.
    pub fn is_full_refund_of(&self, current: &BillingPeriod) -> bool {
        self.period.covers_to_end_of(current) && self.paid > 0 && self.refunded() >= self.paid
    }
}
