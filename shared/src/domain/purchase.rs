//! A one-time purchase, projected from Stripe's objects, and its status.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dispute::DisputeStatus;
use super::id::{DisputeId, PriceId, ProductId, PurchaseId, RefundId, UserId};
use super::money::Money;
use super::refund::{Refund, refunded_amount};

/// Where the payment stands, refunds and disputes aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Complete, but the money has not arrived (bank debits take days).
    Pending,
    /// Paid, or nothing was to be paid. It never becomes unpaid again: refunds and disputes are facts of their own.
    Paid,
    /// The delayed payment failed, or the intent was canceled.
    Failed,
}

/// The fact of a one-time purchase: the projection of Stripe's payment intent (or of a session that charged nothing)
/// with its refunds and disputes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The payment intent, or the session when nothing was charged.
    pub id: PurchaseId,
    /// What was bought.
    pub product: ProductId,
    /// At which price, when the sale named it.
    pub price: Option<PriceId>,
    /// What was charged (or is about to be), after discounts.
    pub charged: Money,
    /// Whether it was paid.
    pub payment: Payment,
    /// Every refund, by its id.
    pub refunds: BTreeMap<RefundId, Refund>,
    /// Every dispute, by its id.
    pub disputes: BTreeMap<DisputeId, DisputeStatus>,
    /// Who recommended it.
    pub referrer: Option<UserId>,
    /// What else was bought with the same payment.
    #[serde(alias = "also", default, skip_serializing_if = "Vec::is_empty")]
    pub additional_products: Vec<ProductId>,
    /// When Stripe created the first object of it that we saw.
    pub since: Timestamp,
    /// When it was paid: as Stripe's event says, or when we first saw it paid. `None` before that, and for a purchase whose payment
    /// was written before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
}

/// What access a purchase gives. It is written to the audit log only, where older entries have `standing` for `status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum PurchaseStatus {
    /// Paid and kept.
    Open,
    /// The money has not arrived.
    Pending,
    /// The money never came.
    Failed,
    /// All of it went back.
    Refunded,
    /// The bank holds it.
    Disputed {
        /// Which dispute.
        dispute: DisputeId,
    },
}

impl Purchase {
    /// Its status. A dispute outweighs a refund, because it can still be lost.
    pub fn status(&self) -> PurchaseStatus {
        match self.payment {
            Payment::Pending => return PurchaseStatus::Pending,
            Payment::Failed => return PurchaseStatus::Failed,
            Payment::Paid => {}
        }
        if let Some((dispute, _)) = self.disputes.iter().find(|(_, status)| status.blocks_access()) {
            return PurchaseStatus::Disputed { dispute: dispute.clone() };
        }
        if self.fully_refunded() { PurchaseStatus::Refunded } else { PurchaseStatus::Open }
    }

    /// What was bought.
    pub fn products(&self) -> impl Iterator<Item = &ProductId> {
        std::iter::once(&self.product).chain(&self.additional_products)
    }

    /// Whether it is a purchase of the product, alone or with others.
    pub fn includes(&self, product: &ProductId) -> bool {
        self.products().any(|bought| bought == product)
    }

    /// Whether it is for one of the products, as those that open a course.
    pub fn opens(&self, products: &[ProductId]) -> bool {
        products.iter().any(|product| self.includes(product))
    }

    /// The sum of the refunds that count, in minor units.
    pub fn refunded(&self) -> i64 {
        refunded_amount(&self.refunds)
    }

    /// Whether all that was charged went back; a free purchase cannot.
    pub fn fully_refunded(&self) -> bool {
        self.charged.amount > 0 && self.refunded() >= self.charged.amount
    }

    /// Paid, and the money has not gone back: buying it again would be a mistake. While the bank looks at a dispute it is
    /// still owned; a lost one took the money back for good.
    pub fn is_owned(&self) -> bool {
        let lost = self.disputes.values().any(|status| *status == DisputeStatus::Lost);
        self.payment == Payment::Paid && !self.fully_refunded() && !lost
    }

    /// Paid, and not for nothing, whatever became of the money.
    pub fn was_paid_for(&self) -> bool {
        self.payment == Payment::Paid && self.charged.amount > 0
    }

    /// Complete, with the money still on its way: buying again would pay twice.
    pub fn is_pending(&self) -> bool {
        self.payment == Payment::Pending
    }
}
