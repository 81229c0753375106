//! Refunds and disputes of the invoices of a subscription.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::billing_period::BillingPeriod;
use super::dispute::DisputeStatus;
use super::id::{InvoiceId, RefundId};
use super::refund::{Refund, refunded_amount};

/// A dispute of an invoice. It closes only the time that the invoice was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredDispute")]
pub struct InvoiceDispute {
    /// Where it stands.
    pub status: DisputeStatus,
    /// What the invoice was for; `None` when that is not known: then it closes any period.
    pub period: Option<BillingPeriod>,
    /// The invoice; facts that were written before this was kept do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
}

/// Facts that were written before the period was known hold the status alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredDispute {
    Status(DisputeStatus),
    Dispute {
        status: DisputeStatus,
        period: Option<BillingPeriod>,
        #[serde(default)]
        invoice: Option<InvoiceId>,
    },
}

impl From<StoredDispute> for InvoiceDispute {
    fn from(stored: StoredDispute) -> Self {
        match stored {
            StoredDispute::Status(status) => Self { status, period: None, invoice: None },
            StoredDispute::Dispute { status, period, invoice } => Self { status, period, invoice },
        }
    }
}

impl InvoiceDispute {
    /// Whether it closes this period.
    pub fn blocks_access_in(&self, current: &BillingPeriod) -> bool {
        self.status.blocks_access() && self.period.is_none_or(|period| period.covers_to_end_of(current))
    }

    /// Whether it takes the money for this moment.
    pub fn blocks_access_at(&self, moment: Timestamp) -> bool {
        self.status.blocks_access() && self.period.is_none_or(|period| period.contains(moment))
    }
}

/// What went back of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRefunds {
    /// What the invoice was for.
    pub period: BillingPeriod,
    /// It was for a change in the middle of a period, and has prorations only: it did not pay for the period itself.
    #[serde(default)]
    pub is_of_change: bool,
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

    /// Whether all that was paid of the invoice went back.
    pub fn went_back(&self) -> bool {
        self.paid > 0 && self.refunded() >= self.paid
    }

    /// Whether all that was paid for this period went back.
    pub fn is_full_refund_of(&self, current: &BillingPeriod) -> bool {
        self.is_full() && self.period.covers_to_end_of(current)
    }

    /// Whether all that was paid for this moment went back.
    pub fn is_full_refund_at(&self, moment: Timestamp) -> bool {
        self.is_full() && self.period.contains(moment)
    }

    /// Whether all that was paid for its period went back. An invoice of a change did not pay for a period.
    fn is_full(&self) -> bool {
        self.paid > 0 && self.refunded() >= self.paid && !self.is_of_change
    }

    /// Whether anything went back of what was paid for this period, or for a change in it.
    pub fn is_refund_in(&self, current: &BillingPeriod) -> bool {
        self.refunded() > 0 && self.period.covers_to_end_of(current)
    }
}

#[cfg(test)]
mod tests {
    use super::super::refund::RefundStatus;
    use super::*;

    fn period(start: i64, end: i64) -> BillingPeriod {
        BillingPeriod { start: Timestamp::new(start, 0).unwrap(), end: Timestamp::new(end, 0).unwrap() }
    }

    #[test]
    fn a_refund_of_a_change_closes_nothing_and_is_no_credit() {
        let (current, before) = (period(10, 20), period(0, 10));
        for (invoice_period, is_of_change, amount, status, closes, went_back) in [
            (current, false, 1_900, RefundStatus::Succeeded, true, true),
            (current, false, 1_800, RefundStatus::Succeeded, false, true),
            (current, false, 1_800, RefundStatus::Failed, false, false),
            (before, false, 1_900, RefundStatus::Succeeded, false, false),
            (period(15, 20), true, 1_900, RefundStatus::Succeeded, false, true),
            (period(15, 20), true, 100, RefundStatus::Pending, false, true),
            (period(5, 10), true, 1_900, RefundStatus::Succeeded, false, false),
        ] {
            let refund = Refund::new(amount, status.clone());
            let refunds = BTreeMap::from([(RefundId::parse("re_1").unwrap(), refund)]);
            let invoice = InvoiceRefunds { period: invoice_period, is_of_change, paid: 1_900, refunds };
            let found = (invoice.is_full_refund_of(&current), invoice.is_refund_in(&current));
            assert_eq!(found, (closes, went_back), "{invoice:?}");
        }
    }
}
