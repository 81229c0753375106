//! A payment or a subscription at Stripe at one moment.

use stripe_shared::{Dispute, Refund};

use super::objects::{PaymentIntent, StripeInvoice, StripeSubscription};
use crate::domain::{PeriodPayment, RefundStatus};

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
    /// How much of what the payment intent collected has not gone back, in minor units.
    pub fn left_to_refund(&self) -> i64 {
        let counts =
            |refund: &&Refund| RefundStatus::from(refund.status.as_deref().unwrap_or("pending")).counts_as_refunded();
        let refunded = self.refunds.iter().filter(counts).fold(0i64, |sum, refund| sum.saturating_add(refund.amount));
        self.payment_intent.amount_received.saturating_sub(refunded).max(0)
    }
}
