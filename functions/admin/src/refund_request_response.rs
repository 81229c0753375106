//! A refund request, as operators see it.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{Currency, PaymentKind, ProductId, RefundRequest, RefundRequestActor, SubscriptionId, UserId};
use shared::http::RefundRequestResponse;

/// A refund request with what it is about.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct OperatorRefundRequestResponse {
    #[serde(flatten)]
    request: RefundRequestResponse,
    /// The learner: the `sub` of the token.
    user_id: UserId,
    /// What was paid for.
    kind: PaymentKind,
    /// What was bought; `null` when it is not sold here.
    product: Option<ProductId>,
    /// What was paid, in minor units.
    amount: i64,
    /// Its currency.
    currency: Currency,
    /// What the learner had done of the courses when asking, in percent.
    progress_percent: u8,
    /// The last approval; `null` before it.
    approval: Option<ApprovalResponse>,
    /// The operator who rejected it; `null` if nobody did.
    rejected_by: Option<UserId>,
}

/// An approval.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct ApprovalResponse {
    /// Which approval it is, counted from 1: one whose refund failed can be approved again.
    attempt: u32,
    /// How much goes back, in minor units.
    amount: i64,
    /// The subscription that was canceled before the refund.
    canceled_subscription_id: Option<SubscriptionId>,
    /// The operator who approved; `null` when the policy did.
    approved_by: Option<UserId>,
    /// When.
    approved_at: Timestamp,
}

impl OperatorRefundRequestResponse {
    pub(crate) fn new(user: UserId, request: RefundRequest) -> Self {
        let approval = request.approval.as_ref().map(|approval| ApprovalResponse {
            attempt: approval.number,
            amount: approval.amount,
            canceled_subscription_id: approval.cancels.clone(),
            approved_by: operator(Some(&approval.by)),
            approved_at: approval.at,
        });
        Self {
            request: RefundRequestResponse::from(&request),
            user_id: user,
            kind: request.kind,
            product: request.products.first().cloned(),
            amount: request.paid.amount,
            currency: request.paid.currency,
            progress_percent: request.progress_percent,
            approval,
            rejected_by: operator(request.rejected_by.as_ref()),
        }
    }
}

fn operator(by: Option<&RefundRequestActor>) -> Option<UserId> {
    match by {
        Some(RefundRequestActor::Operator(user)) => Some(user.clone()),
        _ => None,
    }
}
