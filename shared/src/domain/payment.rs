//! A payment as a learner sees it: a purchase, or an invoice of a subscription that was paid or could not be.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dispute::DisputeStatus;
use super::id::{DisputeId, PaymentId, ProductId, RefundId, SubscriptionId};
use super::invoice::{Invoice, InvoiceStatus};
use super::money::Money;
use super::purchase::{Payment, Purchase};
use super::refund::{Refund, refunded_amount};
use super::subscription::{Subscription, SubscriptionStatus};

/// What was paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// Something that is bought once.
    Purchase,
    /// A period of a subscription, or a change of it.
    Subscription,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The money is on its way.
    Pending,
    /// Paid and kept.
    Paid,
    /// Some of it went back.
    PartiallyRefunded,
    /// All of it went back.
    Refunded,
    /// The bank holds it.
    Disputed,
    /// The money never came.
    Failed,
}

/// One payment of a learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerPayment {
    /// The purchase or the invoice.
    pub id: PaymentId,
    /// What was paid for.
    pub kind: PaymentKind,
    /// The subscription, if it is an invoice.
    pub subscription: Option<SubscriptionId>,
    /// Whether it paid for something that ran before. A purchase never does.
    pub is_renewal: bool,
    /// What was bought; empty when we do not sell it.
    pub products: Vec<ProductId>,
    /// What was charged, or was to be.
    pub charged: Money,
    /// Where it stands.
    pub status: PaymentStatus,
    /// When Stripe created it.
    pub created_at: Timestamp,
    /// When it was paid; `None` when it was not, or when that is not known.
    pub paid_at: Option<Timestamp>,
    /// Whether it was paid outside of Stripe, which has nothing to refund then.
    pub paid_out_of_band: bool,
    /// Every refund, by its id.
    pub refunds: BTreeMap<RefundId, Refund>,
    /// The dispute that counts: one that holds the money, or else the last one.
    pub dispute: Option<(DisputeId, DisputeStatus)>,
}

impl LearnerPayment {
    /// A purchase.
    pub fn from_purchase(purchase: &Purchase) -> Self {
        let dispute = relevant_dispute(purchase.disputes.iter());
        let paid = match purchase.payment {
            Payment::Pending => Err(PaymentStatus::Pending),
            Payment::Failed => Err(PaymentStatus::Failed),
            Payment::Paid => Ok(purchase.charged.amount),
        };
        Self {
            id: purchase.id.clone().into(),
            kind: PaymentKind::Purchase,
            subscription: None,
            is_renewal: false,
            products: purchase.products().cloned().collect(),
            charged: purchase.charged,
            status: status(paid, &purchase.refunds, dispute.as_ref()),
            created_at: purchase.since,
            paid_at: purchase.paid_at,
            paid_out_of_band: false,
            refunds: purchase.refunds.clone(),
            dispute,
        }
    }

    /// An invoice, with its subscription if that is known; `None` for one that asked for nothing, was voided, or has not been
    /// tried.
    pub fn from_invoice(invoice: &Invoice, subscription: Option<&Subscription>) -> Option<Self> {
        let paid = match invoice.status {
            InvoiceStatus::Paid if invoice.paid > 0 => Ok(invoice.paid),
            InvoiceStatus::Open if invoice.attempted => Err(status_of_attempted(subscription)),
            InvoiceStatus::Uncollectible => Err(PaymentStatus::Failed),
            InvoiceStatus::Paid
            | InvoiceStatus::Open
            | InvoiceStatus::Draft
            | InvoiceStatus::Void
            | InvoiceStatus::Unknown(_) => return None,
        };
        let refunds = subscription.and_then(|subscription| subscription.refunds.get(&invoice.id));
        let refunds = refunds.map(|refunds| refunds.refunds.clone()).unwrap_or_default();
        let disputes = subscription.iter().flat_map(|subscription| &subscription.disputes);
        let disputes = disputes.filter(|(_, dispute)| dispute.invoice.as_ref() == Some(&invoice.id));
        let dispute = relevant_dispute(disputes.map(|(id, dispute)| (id, &dispute.status)));
        let product = invoice.product.clone().or_else(|| subscription?.product.clone());
        Some(Self {
            id: invoice.id.clone().into(),
            kind: PaymentKind::Subscription,
            subscription: Some(invoice.subscription.clone()),
            is_renewal: !invoice.is_first,
            products: product.into_iter().collect(),
            charged: Money::new(paid.unwrap_or(invoice.due.amount), invoice.due.currency),
            status: status(paid, &refunds, dispute.as_ref()),
            created_at: invoice.created,
            paid_at: invoice.paid_at,
            paid_out_of_band: invoice.paid_out_of_band,
            refunds,
            dispute,
        })
    }

    /// The sum of the refunds that count, in minor units.
    pub fn refunded(&self) -> i64 {
        refunded_amount(&self.refunds)
    }

    /// The payment intent of a purchase; `None` for an invoice, which Stripe has to be asked about, and for a purchase that charged
    /// nothing.
    pub fn payment_intent(&self) -> Option<&str> {
        Some(self.id.as_str()).filter(|id| self.kind == PaymentKind::Purchase && id.starts_with("pi_"))
    }
}

/// An invoice that Stripe has tried to charge and that is open. While a bank debit is on its way, Stripe leaves the subscription as
/// it was. See <https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>.
fn status_of_attempted(subscription: Option<&Subscription>) -> PaymentStatus {
    let is_on_its_way = |subscription: &Subscription| {
        matches!(subscription.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing)
    };
    if subscription.is_some_and(is_on_its_way) { PaymentStatus::Pending } else { PaymentStatus::Failed }
}

/// A dispute outweighs a refund, because it can still be lost.
fn status(
    paid: Result<i64, PaymentStatus>,
    refunds: &BTreeMap<RefundId, Refund>,
    dispute: Option<&(DisputeId, DisputeStatus)>,
) -> PaymentStatus {
    let paid = match paid {
        Ok(paid) => paid,
        Err(unpaid) => return unpaid,
    };
    match refunded_amount(refunds) {
        _ if dispute.is_some_and(|(_, status)| status.blocks_access()) => PaymentStatus::Disputed,
        refunded if paid > 0 && refunded >= paid => PaymentStatus::Refunded,
        refunded if refunded > 0 => PaymentStatus::PartiallyRefunded,
        _ => PaymentStatus::Paid,
    }
}

fn relevant_dispute<'a>(
    disputes: impl Iterator<Item = (&'a DisputeId, &'a DisputeStatus)>,
) -> Option<(DisputeId, DisputeStatus)> {
    let relevant = disputes.max_by_key(|(_, status)| status.blocks_access());
    relevant.map(|(id, status)| (id.clone(), status.clone()))
}

#[cfg(test)]
mod tests;
