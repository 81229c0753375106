//! What a learner spends of the credit: reserved with a checkout, spent when that is paid, and released or given back otherwise. It is
//! the projection of the checkout at Stripe.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::id::{CreditUseId, PaymentId};
use super::money::{Currency, Money};

/// How long after the end of its session a coupon can be redeemed: the payment of a page that was open may take a moment.
const REDEEM_AFTER_SESSION: SignedDuration = SignedDuration::from_hours(1);

/// One use of credit. It is of one checkout: of a generation of the learner's slot for a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditUse {
    /// Which.
    pub id: CreditUseId,
    /// How much was reserved.
    pub reserved: Money,
    /// When.
    pub reserved_at: Timestamp,
    /// Until when the checkout can be paid.
    pub payable_until: Timestamp,
    /// The session or payment intent, once it is known. Without it, nobody has seen a page that could be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout: Option<String>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: CreditUseState,
}

/// Where a use of credit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum CreditUseState {
    /// The checkout can still be paid, or its payment is on its way.
    Reserved,
    /// The checkout was paid.
    Spent {
        /// How much less was charged, in minor units, as Stripe's discount shows.
        amount: i64,
        /// Which payment.
        payment: PaymentId,
    },
    /// The checkout can never be paid any more.
    Released,
    /// All of the payment went back, and so did the credit.
    GivenBack {
        /// How much had been spent, in minor units.
        amount: i64,
        /// Which payment.
        payment: PaymentId,
    },
}

/// What became of a checkout, as Stripe has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckoutOutcome {
    /// It can never be paid any more.
    Over,
    /// It was paid.
    Paid {
        /// Which payment.
        payment: PaymentId,
        /// By how much Stripe's discount lowered it, in minor units; `None` when what Stripe sent does not say so.
        discount: Option<i64>,
        /// Whether all of the payment went back.
        went_back: bool,
    },
}

impl CreditUse {
    /// How much is reserved, in minor units.
    pub fn reserved_amount(&self) -> i64 {
        if self.state == CreditUseState::Reserved { self.reserved.amount.max(0) } else { 0 }
    }

    /// How much is spent, in minor units.
    pub fn spent_amount(&self) -> i64 {
        if let CreditUseState::Spent { amount, .. } = &self.state { (*amount).max(0) } else { 0 }
    }

    /// The payment that it was spent on, also when that went back.
    pub fn payment(&self) -> Option<&PaymentId> {
        match &self.state {
            CreditUseState::Spent { payment, .. } | CreditUseState::GivenBack { payment, .. } => Some(payment),
            CreditUseState::Reserved | CreditUseState::Released => None,
        }
    }

    /// Until when Stripe's coupon can be redeemed.
    pub fn redeem_by(&self) -> Timestamp {
        self.payable_until.checked_add(REDEEM_AFTER_SESSION).unwrap_or(Timestamp::MAX)
    }

    /// The use after its checkout was released; `None` when it is not reserved.
    #[must_use]
    pub fn released(&self) -> Option<Self> {
        self.after(CheckoutOutcome::Over)
    }

    /// The use after what became of its checkout; `None` when that changes nothing. No more is ever spent than was reserved. A payment
    /// counts even after the release: the discount was given. It is spent on one payment: a plan's first.
    #[must_use]
    pub fn after(&self, outcome: CheckoutOutcome) -> Option<Self> {
        let state = match (&self.state, outcome) {
            (CreditUseState::Reserved, CheckoutOutcome::Over) => CreditUseState::Released,
            (_, CheckoutOutcome::Over) => return None,
            (_, CheckoutOutcome::Paid { payment, .. }) if self.payment().is_some_and(|known| *known != payment) => {
                return None;
            }
            (state, CheckoutOutcome::Paid { payment, discount, went_back }) => {
                let known = match state {
                    CreditUseState::Spent { amount, .. } | CreditUseState::GivenBack { amount, .. } => *amount,
                    CreditUseState::Reserved | CreditUseState::Released => self.reserved.amount,
                };
                let amount = discount.unwrap_or(known).clamp(0, self.reserved.amount.max(0));
                if went_back {
                    CreditUseState::GivenBack { amount, payment }
                } else {
                    CreditUseState::Spent { amount, payment }
                }
            }
        };
        (state != self.state).then(|| Self { state, ..self.clone() })
    }
}

/// How a checkout may be paid, as far as credit is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftToPay {
    /// Nothing may be left: Stripe's page needs no payment then.
    MayBeNothing,
    /// Something has to be left: a payment intent of nothing does not exist.
    Something,
}

/// How much of the available credit a price takes, in minor units: as much as there is, but what is left to pay is nothing, or at least
/// what Stripe charges.
pub fn credit_for_price(price: Money, available: i64, left: LeftToPay) -> i64 {
    if available >= price.amount && left == LeftToPay::MayBeNothing {
        return price.amount.max(0);
    }
    let most = price.amount.saturating_sub(minimum_charge(price.currency));
    available.min(most).max(0)
}

/// The least that Stripe charges in a currency, in minor units. It is more when the account is paid out in another currency, and Stripe
/// says so then. See <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>.
fn minimum_charge(currency: Currency) -> i64 {
    match currency.as_str() {
        "aed" | "myr" | "pln" | "ron" => 200,
        "bgn" => 100,
        "czk" => 1_500,
        "dkk" => 250,
        "gbp" => 30,
        "hkd" => 400,
        "huf" => 17_500,
        "jpy" => 50,
        "mxn" | "thb" => 1_000,
        "nok" | "sek" => 300,
        _ => 50,
    }
}

#[cfg(test)]
mod tests;
