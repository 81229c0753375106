//! A refund, and what counts as refunded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::RefundId;
use super::string_enum::string_enum;

/// One refund of a payment. See <https://docs.stripe.com/refunds#failed-refunds>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Minor units, in the currency of the charge.
    pub amount: i64,
    /// Where it stands.
    pub status: RefundStatus,
}

/// Stripe's refund statuses. See <https://docs.stripe.com/api/refunds/object#refund_object-status>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RefundStatus {
    /// On its way.
    Pending,
    /// Waits for the customer, on its way all the same.
    RequiresAction,
    /// Arrived.
    Succeeded,
    /// The refund failed. The money is on our account again.
    Failed,
    /// Called off before it left.
    Canceled,
    /// A status that this version does not know.
    Unknown(String),
}

impl RefundStatus {
    /// Whether the amount counts as refunded. An unknown status counts: a learner who is denied by mistake complains,
    /// one who is allowed by mistake does not.
    pub fn counts_as_refunded(&self) -> bool {
        !matches!(self, Self::Failed | Self::Canceled)
    }
}

string_enum!(RefundStatus {
    "pending" => Pending,
    "requires_action" => RequiresAction,
    "succeeded" => Succeeded,
    "failed" => Failed,
    "canceled" => Canceled,
});

/// The sum of the refunds that count, in minor units.
pub(super) fn refunded_amount(refunds: &BTreeMap<RefundId, Refund>) -> i64 {
    let counting = refunds.values().filter(|refund| refund.status.counts_as_refunded());
    counting.fold(0, |sum, refund| sum.saturating_add(refund.amount))
}
