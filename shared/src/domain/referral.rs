//! A referral: what a purchase that named a code means for the learner whose code it was. It is the projection of the buyer's
//! purchase (or of the first invoice of a plan that cost something); where it stands follows from that and the clock.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::dispute::DisputeStatus;
use super::id::{PaymentId, SubscriptionId, UserId};
use super::money::{Currency, Money};
use super::purchase::{Payment, Purchase};
use super::subscription::Subscription;

/// The installation's rules for referrals. They are applied when credit is computed, so a change counts for earlier referrals, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralPolicy {
    /// For how many days after the payment credit cannot be spent.
    pub hold_days: u16,
    /// How much of what was charged is earned, in percent.
    pub rate_percent: u8,
    /// How much a learner can ever earn, for each currency; others are without limit.
    pub cap: Vec<Money>,
}

impl Default for ReferralPolicy {
    /// 25 percent, one day longer than a refund may be asked for, without limit.
    fn default() -> Self {
        Self { hold_days: 15, rate_percent: 25, cap: Vec::new() }
    }
}

impl ReferralPolicy {
    /// What an amount earns, rounded down; nothing of a negative one.
    pub fn credit_of(&self, amount: i64) -> i64 {
        let credit = i128::from(amount.max(0)).saturating_mul(self.rate_percent.min(100).into()) / 100;
        i64::try_from(credit).unwrap_or(i64::MAX)
    }

    /// How much can ever be earned in a currency, in minor units; `None` is without limit.
    pub fn cap_in(&self, currency: Currency) -> Option<i64> {
        self.cap.iter().find(|cap| cap.currency == currency).map(|cap| cap.amount)
    }

    /// When the credit of a payment can be spent.
    pub fn available_at(&self, paid_at: Timestamp) -> Timestamp {
        let hold = SignedDuration::from_hours(i64::from(self.hold_days).saturating_mul(24));
        paid_at.checked_add(hold).unwrap_or(Timestamp::MAX)
    }
}

/// Why a purchase that named a code earns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReferralRejection {
    /// It was paid by a card that the referrer pays with.
    SameCard,
    /// Buyer and referrer are the same customer at Stripe.
    SameCustomer,
    /// The learner had paid for something before.
    NotFirstPurchase,
    /// The money never came; it may still come with another try.
    PaymentFailed,
}

/// The disputes of a payment, as far as its credit is concerned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferralDispute {
    /// None that holds the money.
    #[default]
    None,
    /// The bank holds the money.
    Open,
    /// The money is gone.
    Lost,
}

impl ReferralDispute {
    /// What several disputes of a payment amount to: a lost one outweighs an open one.
    pub fn from_statuses<'a>(statuses: impl IntoIterator<Item = &'a DisputeStatus>) -> Self {
        statuses.into_iter().fold(Self::None, |so_far, status| match (so_far, status) {
            (Self::Lost, _) | (_, DisputeStatus::Lost) => Self::Lost,
            (_, status) if status.blocks_access() => Self::Open,
            (so_far, _) => so_far,
        })
    }
}

/// That a learner was referred: written once, with the first payment that counts, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referred {
    /// By whom.
    pub referrer: UserId,
    /// The payment that counts, and no other: the first one that was applied.
    pub payment: PaymentId,
    /// The subscription, if the payment is an invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
    /// What was paid.
    pub charged: Money,
    /// When Stripe created the purchase or the invoice.
    pub created_at: Timestamp,
    /// When it was found to be paid.
    pub paid_at: Timestamp,
    /// Why it earns nothing all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<ReferralRejection>,
}

/// One referral in the ledger of the referrer. It names neither the buyer nor what was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The buyer's purchase or invoice.
    pub payment: PaymentId,
    /// What was charged, or is about to be.
    pub charged: Money,
    /// When Stripe created it.
    pub created_at: Timestamp,
    /// When it was found to be paid; `None` while the money is on its way.
    pub paid_at: Option<Timestamp>,
    /// How much went back, in minor units.
    pub refunded: i64,
    /// Where its disputes stand.
    #[serde(default)]
    pub dispute: ReferralDispute,
    /// Whether a refund request of it is being decided or carried out.
    #[serde(default)]
    pub refund_requested: bool,
    /// Why it earns nothing.
    #[serde(default)]
    pub rejection: Option<ReferralRejection>,
}

/// Where a referral stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReferralState {
    /// The money has not arrived.
    Pending,
    /// Paid. The credit cannot be spent yet: the hold is not over, a refund was asked for, or the bank looks at a dispute.
    Confirmed,
    /// The credit is the learner's.
    Credited,
    /// The money went back.
    Reversed,
    /// It earns nothing.
    Rejected,
}

/// What became of the credit that one referral would earn, in minor units. `would_earn = reversed + suspended + net`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferralCredit {
    /// Of all that was charged.
    pub would_earn: i64,
    /// Of what went back.
    pub reversed: i64,
    /// Of what the bank holds.
    pub suspended: i64,
    /// What is left; the cap may take some of it.
    pub net: i64,
}

impl Referral {
    /// A referral whose buyer has not paid yet: `payment` names the checkout.
    pub fn pending(payment: PaymentId, charged: Money, created_at: Timestamp) -> Self {
        Self {
            payment,
            charged,
            created_at,
            paid_at: None,
            refunded: 0,
            dispute: ReferralDispute::None,
            refund_requested: false,
            rejection: None,
        }
    }

    /// The referral of a purchase; `None` when it cost nothing. `referred` says which payment of the buyer counts, and it is known as
    /// soon as a purchase is paid. Refund requests are no part of a purchase.
    pub fn of_purchase(purchase: &Purchase, referred: Option<&Referred>) -> Option<Self> {
        let payment = PaymentId::from(purchase.id.clone());
        let (paid_at, rejection) = standing(&payment, purchase.payment, referred);
        (purchase.charged.amount > 0).then(|| Self {
            payment,
            charged: purchase.charged,
            created_at: purchase.since,
            paid_at,
            refunded: purchase.refunded(),
            dispute: ReferralDispute::from_statuses(purchase.disputes.values()),
            refund_requested: false,
            rejection,
        })
    }

    /// The referral of a plan: of the invoice that counts, with what the subscription says of its refunds and disputes; `None` when
    /// another payment counts.
    pub fn of_subscription(subscription: &Subscription, referred: &Referred) -> Option<Self> {
        let is_counted = |id: &str| id == referred.payment.as_str();
        let refunds = subscription.refunds.iter().find(|(id, _)| is_counted(id.as_str()));
        let disputes = subscription.disputes.values();
        let disputes = disputes.filter(|dispute| dispute.invoice.as_ref().is_some_and(|id| is_counted(id.as_str())));
        (referred.subscription.as_ref() == Some(&subscription.id)).then(|| Self {
            payment: referred.payment.clone(),
            charged: referred.charged,
            created_at: referred.created_at,
            paid_at: Some(referred.paid_at),
            refunded: refunds.map_or(0, |(_, refunds)| refunds.refunded()),
            dispute: ReferralDispute::from_statuses(disputes.map(|dispute| &dispute.status)),
            refund_requested: false,
            rejection: referred.rejection,
        })
    }

    /// Where it stands at `now`.
    pub fn state(&self, policy: &ReferralPolicy, now: Timestamp) -> ReferralState {
        let Some(paid_at) = self.paid_at else {
            return if self.rejection.is_some() { ReferralState::Rejected } else { ReferralState::Pending };
        };
        if self.rejection.is_some() {
            ReferralState::Rejected
        } else if self.dispute == ReferralDispute::Lost || self.refunded >= self.charged.amount {
            ReferralState::Reversed
        } else if self.dispute == ReferralDispute::Open || self.is_held(paid_at, policy, now) {
            ReferralState::Confirmed
        } else {
            ReferralState::Credited
        }
    }

    /// From when its credit can be spent, as far as is known; `None` when that does not follow from a date: it is not paid, earns
    /// nothing, or waits for a refund request or a dispute.
    pub fn available_at(&self, policy: &ReferralPolicy) -> Option<Timestamp> {
        let is_free = self.rejection.is_none() && !self.refund_requested && self.dispute == ReferralDispute::None;
        self.paid_at.filter(|_| is_free && self.refunded < self.charged.amount).map(|paid| policy.available_at(paid))
    }

    /// Its credit, without the cap.
    pub fn credit(&self, policy: &ReferralPolicy) -> ReferralCredit {
        if self.paid_at.is_none() || self.rejection.is_some() {
            return ReferralCredit::default();
        }
        let would_earn = policy.credit_of(self.charged.amount);
        // Rounded once, so that refunds in parts reverse to the cent what one refund would.
        let kept = policy.credit_of(self.charged.amount.saturating_sub(self.refunded.max(0)));
        let (suspended, net) = match self.dispute {
            ReferralDispute::Lost => (0, 0),
            ReferralDispute::Open => (kept, 0),
            ReferralDispute::None => (0, kept),
        };
        let reversed = would_earn.saturating_sub(suspended).saturating_sub(net);
        ReferralCredit { would_earn, reversed, suspended, net }
    }

    /// Whether its credit is earned and cannot be spent yet.
    pub(super) fn is_on_hold(&self, policy: &ReferralPolicy, now: Timestamp) -> bool {
        self.paid_at.is_none_or(|paid_at| self.is_held(paid_at, policy, now))
    }

    fn is_held(&self, paid_at: Timestamp, policy: &ReferralPolicy, now: Timestamp) -> bool {
        self.refund_requested || now < policy.available_at(paid_at)
    }
}

/// When a payment was paid, and why it earns nothing: it is another one than the one that counts, or that one was rejected.
fn standing(
    id: &PaymentId,
    payment: Payment,
    referred: Option<&Referred>,
) -> (Option<Timestamp>, Option<ReferralRejection>) {
    match (referred, payment) {
        (Some(referred), _) if referred.payment == *id => (Some(referred.paid_at), referred.rejection),
        (_, Payment::Failed) => (None, Some(ReferralRejection::PaymentFailed)),
        // It is decided when it is paid, whatever counts meanwhile: nothing would tell this row.
        (_, Payment::Pending) => (None, None),
        // Paid, and nothing counts: the learner had paid before for something that nobody referred to.
        (Some(_), _) | (None, Payment::Paid) => (None, Some(ReferralRejection::NotFirstPurchase)),
    }
}

#[cfg(test)]
mod tests;
