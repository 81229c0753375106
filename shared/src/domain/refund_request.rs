//! A learner's request for a refund, and the transitions of its status.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{PaymentId, ProductId, RefundId, RefundRequestId, SubscriptionId, UserId};
use super::money::Money;
use super::payment::PaymentKind;
use super::refund::{ApprovalRef, Refund, arrived_amount, failed_amount};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundRequestStatus {
    /// Nobody has decided.
    Open,
    /// Approved; the refund is on its way.
    Approved,
    /// The money went back.
    Refunded,
    /// Stripe refused the refund, or it failed later: an operator's task again.
    RefundFailed,
    /// An operator said no.
    Rejected,
    /// The learner took it back.
    Withdrawn,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundRequestAction {
    /// The learner takes it back.
    Withdraw,
    /// An operator, or the policy, says yes.
    Approve,
    /// An operator says no.
    Reject,
    /// Stripe reports that the money went back.
    RefundArrived,
    /// Stripe refuses the refund, or reports that it failed.
    RefundFailed,
}

impl RefundRequestStatus {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Approved, Self::Refunded, Self::RefundFailed, Self::Rejected, Self::Withdrawn];

    /// The word, as clients and the table have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether it is being decided or carried out. A payment has at most one such request.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Approved | Self::RefundFailed)
    }

    /// Whether the credit that its payment earned a referrer waits for it. A refund that failed leaves the credit where it is.
    pub fn holds_credit(self) -> bool {
        matches!(self, Self::Open | Self::Approved)
    }

    /// The status after an action: the same one if the action has been done already, `None` if it is not possible.
    pub fn after(self, action: RefundRequestAction) -> Option<Self> {
        use RefundRequestAction as Action;
        match (self, action) {
            (Self::Open | Self::Withdrawn, Action::Withdraw) => Some(Self::Withdrawn),
            (Self::Open | Self::Approved | Self::RefundFailed, Action::Approve) => Some(Self::Approved),
            (Self::Refunded, Action::Approve) => Some(Self::Refunded),
            (Self::Open | Self::RefundFailed | Self::Rejected, Action::Reject) => Some(Self::Rejected),
            // A refund in Stripe's Dashboard settles an open request, too.
            (Self::Open | Self::Approved | Self::RefundFailed | Self::Refunded, Action::RefundArrived) => {
                Some(Self::Refunded)
            }
            (Self::Approved | Self::Refunded | Self::RefundFailed, Action::RefundFailed) => Some(Self::RefundFailed),
            _ => None,
        }
    }
}

/// Who changes a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundRequestActor {
    /// The learner.
    Learner,
    /// An operator: the `sub` of the token.
    Operator(UserId),
    /// The installation's policy.
    Policy,
    /// Stripe, whose refund arrived or failed.
    Stripe,
}

/// An approval. It says all that is done at Stripe, so that whoever carries it out again does the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundApproval {
    /// Which approval of the request it is, counted from 1.
    pub number: u32,
    /// How much goes back, in minor units.
    pub amount: i64,
    /// Which payment intents it comes from; the amounts add up to `amount`.
    pub parts: Vec<RefundPart>,
    /// How much of the request's earlier refunds had failed by then, in minor units.
    pub earlier_failed: i64,
    /// The subscription that is canceled before the refund.
    pub cancels: Option<SubscriptionId>,
    /// Who approved.
    pub by: RefundRequestActor,
    /// When.
    pub at: Timestamp,
}

/// What goes back of one payment intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPart {
    /// The payment intent.
    pub payment_intent: String,
    /// How much, in minor units.
    pub amount: i64,
}

/// Stripe will not refund more than was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountTooLarge {
    /// What is left, in minor units.
    pub left: i64,
}

/// Takes an amount from payment intents, in their order. `left` says how much is left of each; no amount takes all of it.
///
/// # Errors
/// When they have less than the amount together.
pub fn split_refund(amount: Option<i64>, left: &[(String, i64)]) -> Result<Vec<RefundPart>, AmountTooLarge> {
    let total = left.iter().fold(0i64, |sum, (_, left)| sum.saturating_add((*left).max(0)));
    let mut rest = amount.unwrap_or(total);
    if rest > total {
        return Err(AmountTooLarge { left: total });
    }
    let mut parts = Vec::new();
    for (payment_intent, left) in left {
        let amount = rest.min(*left);
        if amount > 0 {
            rest = rest.saturating_sub(amount);
            parts.push(RefundPart { payment_intent: payment_intent.clone(), amount });
        }
    }
    Ok(parts)
}

/// A request for a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    /// Its id.
    pub id: RefundRequestId,
    /// What is to be refunded.
    pub payment: PaymentId,
    /// Which request of this payment it is, counted from 1.
    pub number: u32,
    /// What was paid for.
    pub kind: PaymentKind,
    /// The subscription, if the payment is an invoice.
    pub subscription: Option<SubscriptionId>,
    /// What was bought.
    pub products: Vec<ProductId>,
    /// What was paid.
    pub paid: Money,
    /// What the learner had done of the courses when asking, in percent.
    pub progress_percent: u8,
    /// The learner's words.
    pub reason: String,
    /// Where it stands.
    pub status: RefundRequestStatus,
    /// When the learner asked.
    pub created_at: Timestamp,
    /// When the status last changed.
    pub updated_at: Timestamp,
    /// The last approval.
    #[serde(default)]
    pub approval: Option<RefundApproval>,
    /// Who rejected it.
    #[serde(default)]
    pub rejected_by: Option<RefundRequestActor>,
    /// What the operator says about the decision; the learner sees it.
    #[serde(default)]
    pub note: Option<String>,
}

impl RefundRequest {
    /// How its refunds name the last approval; `None` before the first one.
    pub fn approval_ref(&self) -> Option<ApprovalRef> {
        let approval = self.approval.as_ref()?;
        Some(ApprovalRef { request: self.id.clone(), number: approval.number })
    }

    /// The request after an action at `now`; `None` when that changes nothing or is not possible.
    #[must_use]
    pub fn with_action(&self, action: RefundRequestAction, now: Timestamp) -> Option<Self> {
        let status = self.status.after(action).filter(|status| *status != self.status)?;
        Some(Self { status, updated_at: now, ..self.clone() })
    }

    /// The request after its payment's refunds are what Stripe reports; `None` when that changes nothing. `paid` is what the payment
    /// collected, in minor units.
    #[must_use]
    pub fn with_refunds(&self, refunds: &BTreeMap<RefundId, Refund>, paid: i64, now: Timestamp) -> Option<Self> {
        let named = |refund: &&Refund| refund.approval.as_ref().is_some_and(|approval| approval.request == self.id);
        let last = self.approval_ref();
        let of_last = refunds.values().filter(|refund| last.is_some() && refund.approval == last);
        let is_refunded = paid > 0 && arrived_amount(refunds.values()) >= paid;
        // A refund of an earlier approval may fail after the last one was made.
        let failed = failed_amount(refunds.values().filter(named));
        let has_failed = self.approval.as_ref().is_some_and(|approval| failed > approval.earlier_failed);
        let has_arrived = self.approval.as_ref().is_some_and(|approval| arrived_amount(of_last) >= approval.amount);
        if is_refunded || (has_arrived && !has_failed) {
            self.with_action(RefundRequestAction::RefundArrived, now)
        } else if has_failed || self.status == RefundRequestStatus::Refunded {
            // What had arrived came back.
            self.with_action(RefundRequestAction::RefundFailed, now)
        } else {
            None
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
