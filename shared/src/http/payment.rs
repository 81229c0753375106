//! A payment, as answers show it.

use jiff::Timestamp;
use serde::Serialize;

use super::refund_request::RefundRequestResponse;
use crate::domain::{
    Catalog, Currency, DisputeId, DisputeStatus, LearnerPayment, PaymentId, PaymentKind, PaymentProgress,
    PaymentStatus, ProductId, RefundId, RefundPolicy, RefundRefusal, RefundStatus,
};
use crate::store::LearnerPayments;

/// A payment.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentResponse {
    /// The purchase (`pi_`, or `cs_` when nothing was charged) or the invoice (`in_`).
    pub id: PaymentId,
    /// What was paid for.
    pub kind: PaymentKind,
    /// What was bought; `null` when it is not sold here.
    pub product: Option<ProductId>,
    /// What was charged, or was to be, in minor units.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Where it stands.
    pub status: PaymentStatus,
    /// When Stripe created it.
    pub created_at: Timestamp,
    /// The sum of the refunds that did not fail, in minor units.
    pub refunded_amount: i64,
    /// Every refund, those that failed included.
    pub refunds: Vec<RefundResponse>,
    /// The dispute that holds the money, or else the last one.
    pub dispute: Option<DisputeResponse>,
    /// The last refund request.
    pub refund_request: Option<RefundRequestResponse>,
    /// Whether a refund may be asked for.
    pub refundable: RefundableResponse,
}

/// A refund of a payment.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RefundResponse {
    /// Stripe's refund.
    pub id: RefundId,
    /// In minor units.
    pub amount: i64,
    /// Where it stands.
    pub status: RefundStatus,
    /// When it was created; `null` for a refund that was recorded before this was kept.
    pub created_at: Option<Timestamp>,
}

/// A dispute of a payment.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DisputeResponse {
    /// Stripe's dispute.
    pub id: DisputeId,
    /// Where it stands.
    pub status: DisputeStatus,
}

/// Whether a refund of a payment may be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RefundableResponse {
    /// Whether it may.
    pub allowed: bool,
    /// Why not; `null` when it may. `POST /billing/payments/{id}/refund-requests` answers 409 with the same word as its `code`.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = reasons())))]
    pub reason: Option<&'static str>,
    /// Until when it may be asked for; `null` is without limit.
    pub until: Option<Timestamp>,
}

#[cfg(feature = "openapi")]
fn reasons() -> Vec<Option<&'static str>> {
    RefundRefusal::ALL.into_iter().map(|refusal| Some(refusal.code())).chain([None]).collect()
}

/// A learner's payments, and what decides about their refunds.
#[derive(Debug, Clone, Copy)]
pub struct PaymentsView<'a> {
    /// What was read.
    pub read: &'a LearnerPayments,
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The policy.
    pub policy: &'a RefundPolicy,
    /// Now.
    pub now: Timestamp,
}

impl PaymentsView<'_> {
    /// What the learner has done of the courses that the payment opened.
    pub fn progress(&self, payment: &LearnerPayment) -> PaymentProgress {
        PaymentProgress::new(self.catalog, &payment.products, &self.read.progress)
    }

    /// Why a refund of the payment cannot be asked for; `None` when it can.
    pub fn refusal(&self, payment: &LearnerPayment) -> Option<RefundRefusal> {
        self.policy.refusal(payment, self.progress(payment), &self.read.refund_requests, self.now)
    }

    /// The payment as answers show it.
    pub fn respond(&self, payment: &LearnerPayment) -> PaymentResponse {
        let refusal = self.refusal(payment);
        let requests = self.read.refund_requests.iter().filter(|request| request.payment == payment.id);
        let refunds = payment.refunds.iter().map(|(id, refund)| RefundResponse {
            id: id.clone(),
            amount: refund.amount,
            status: refund.status.clone(),
            created_at: refund.created,
        });
        PaymentResponse {
            id: payment.id.clone(),
            kind: payment.kind,
            product: payment.products.first().cloned(),
            amount: payment.charged.amount,
            currency: payment.charged.currency,
            status: payment.status,
            created_at: payment.created_at,
            refunded_amount: payment.refunded(),
            refunds: refunds.collect(),
            dispute: payment.dispute.clone().map(|(id, status)| DisputeResponse { id, status }),
            refund_request: requests.max_by_key(|request| request.number).map(RefundRequestResponse::from),
            refundable: RefundableResponse {
                allowed: refusal.is_none(),
                reason: refusal.map(RefundRefusal::code),
                until: self.policy.window_end(payment),
            },
        }
    }
}
