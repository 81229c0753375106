//! A refund, and what counts as refunded.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{RefundId, RefundRequestId};
use super::string_enum::string_enum;

/// One refund of a payment. See <https://docs.stripe.com/refunds#failed-refunds>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Minor units, in the currency of the charge.
    pub amount: i64,
    /// Where it stands.
    pub status: RefundStatus,
    /// When Stripe created it; facts that were written before this was kept do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Which approval of a refund request made it, as its metadata says; `None` for a refund that was made at Stripe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalRef>,
}

/// One approval of a refund request: a request whose refund failed can be approved again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApprovalRef {
    /// The request.
    pub request: RefundRequestId,
    /// Which of its approvals, counted from 1.
    pub number: u32,
}

impl Refund {
    /// A refund of which no more is known.
    pub fn new(amount: i64, status: RefundStatus) -> Self {
        Self { amount, status, created: None, approval: None }
    }
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

/// The sum of the refunds that arrived, in minor units.
pub(super) fn arrived_amount<'a>(refunds: impl IntoIterator<Item = &'a Refund>) -> i64 {
    let arrived = refunds.into_iter().filter(|refund| refund.status == RefundStatus::Succeeded);
    arrived.fold(0, |sum, refund| sum.saturating_add(refund.amount))
}

/// The sum of the refunds that failed or were canceled, in minor units.
pub(super) fn failed_amount<'a>(refunds: impl IntoIterator<Item = &'a Refund>) -> i64 {
    let failed = refunds.into_iter().filter(|refund| !refund.status.counts_as_refunded());
    failed.fold(0, |sum, refund| sum.saturating_add(refund.amount))
}

/// The sum of the refunds that count, in minor units.
pub(super) fn refunded_amount(refunds: &BTreeMap<RefundId, Refund>) -> i64 {
    let counting = refunds.values().filter(|refund| refund.status.counts_as_refunded());
    counting.fold(0, |sum, refund| sum.saturating_add(refund.amount))
}
