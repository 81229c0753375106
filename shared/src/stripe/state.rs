//! A payment or a subscription at Stripe at one moment.

use stripe_shared::{Dispute, Refund};

use super::metadata::approval_from_metadata;
use super::objects::{PaymentIntent, StripeInvoice, StripeSubscription};
use crate::domain::{DisputeStatus, PeriodPayment, RefundRequestId, RefundStatus};

/// A payment intent with all its refunds and disputes.
#[derive(Debug)]
pub struct PaymentState {
    /// The intent.
    pub payment_intent: PaymentIntent,
    /// All refunds.
    pub refunds: Vec<Refund>,
    /// All disputes.
    pub disputes: Vec<Dispute>,
}

/// A subscription at Stripe at one moment.
#[derive(Debug)]
pub struct SubscriptionState {
    /// The subscription, its items' products included.
    pub subscription: StripeSubscription,
    /// The invoice that was asked for, or the latest one.
    pub invoice: Option<StripeInvoice>,
    /// The refunds and disputes that were asked for, payment by payment.
    pub refunds_and_disputes: Vec<InvoiceRefundsAndDisputes>,
    /// Whether the current period was paid for.
    pub period_payment: PeriodPayment,
    /// No invoice that asked for money was ever paid; looked up only where it decides.
    pub never_paid: bool,
}

/// The refunds and disputes of an invoice, as far as they were fetched.
#[derive(Debug)]
pub struct InvoiceRefundsAndDisputes {
    /// The invoice; `None` when Stripe does not name it any more.
    pub invoice: Option<StripeInvoice>,
    /// The disputes of its payment.
    pub disputes: Vec<Dispute>,
    /// The refunds of its payment.
    pub refunds: Vec<Refund>,
}

impl PaymentState {
    /// Whether a dispute holds the money. Then Stripe refunds nothing.
    pub fn is_disputed(&self) -> bool {
        self.disputes.iter().any(|dispute| DisputeStatus::from(dispute.status.as_str()).blocks_access())
    }

    /// How much of what the payment intent collected has not gone back, in minor units.
    pub fn left_to_refund(&self) -> i64 {
        let refunded = sum(self.refunds.iter().filter(|refund| status(refund).counts_as_refunded()));
        self.payment_intent.amount_received.saturating_sub(refunded).max(0)
    }

    /// Whether something was collected, and all of it has arrived at the payer again.
    pub fn is_refunded(&self) -> bool {
        let collected = self.payment_intent.amount_received;
        collected > 0
            && sum(self.refunds.iter().filter(|refund| status(refund) == RefundStatus::Succeeded)) >= collected
    }

    /// How much of the refunds of a refund request failed, in minor units.
    pub fn failed_refunds_of(&self, request: &RefundRequestId) -> i64 {
        let is_named = |refund: &&Refund| {
            let approval = refund.metadata.as_ref().and_then(approval_from_metadata);
            approval.is_some_and(|approval| approval.request == *request)
        };
        sum(self.refunds.iter().filter(is_named).filter(|refund| !status(refund).counts_as_refunded()))
    }
}

fn status(refund: &Refund) -> RefundStatus {
    RefundStatus::from(refund.status.as_deref().unwrap_or("pending"))
}

fn sum<'a>(refunds: impl Iterator<Item = &'a Refund>) -> i64 {
    refunds.fold(0, |sum, refund| sum.saturating_add(refund.amount))
}
