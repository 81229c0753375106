//! A refund request, as answers show it.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{PaymentId, RefundRequest, RefundRequestId, RefundRequestStatus};

/// A refund request, as its learner sees it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RefundRequestResponse {
    /// Its id.
    pub id: RefundRequestId,
    /// What is to be refunded.
    pub payment_id: PaymentId,
    /// Where it stands. `approved`: the refund is on its way. `refund_failed`: the refund did not arrive, and an operator looks at it
    /// again.
    pub status: RefundRequestStatus,
    /// The learner's words.
    pub reason: String,
    /// When the learner asked.
    pub created_at: Timestamp,
    /// When the status last changed.
    pub updated_at: Timestamp,
    /// How much was approved, in minor units of the payment's currency; `null` before an approval, and after a rejection.
    pub approved_amount: Option<i64>,
    /// What the operator says about the decision.
    pub note: Option<String>,
}

impl From<&RefundRequest> for RefundRequestResponse {
    fn from(request: &RefundRequest) -> Self {
        let approval = request.approval.as_ref().filter(|_| request.status != RefundRequestStatus::Rejected);
        Self {
            id: request.id.clone(),
            payment_id: request.payment.clone(),
            status: request.status,
            reason: request.reason.clone(),
            created_at: request.created_at,
            updated_at: request.updated_at,
            approved_amount: approval.map(|approval| approval.amount),
            note: request.note.clone(),
        }
    }
}
