//! What a learner spends of the credit: reserved with a checkout, spent when that is paid, and released or given back otherwise.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::PaymentId;
use super::money::Money;

/// One use of credit. It is of one checkout: of a generation of the learner's slot for a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditUse {
    /// How much was reserved.
    pub reserved: Money,
    /// When.
    pub reserved_at: Timestamp,
    /// Where it stands.
    pub state: CreditUseState,
}

/// Where a use of credit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum CreditUseState {
    /// The checkout can still be paid.
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

/// What happens to a use of credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreditUseAction {
    /// Stripe reports that the checkout was paid, with this discount in minor units.
    Paid {
        /// The discount.
        discount: i64,
        /// Which payment.
        payment: PaymentId,
    },
    /// The checkout can never be paid any more.
    Release,
    /// All of the payment went back.
    Refunded,
    /// That refund failed.
    RefundFailed,
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

    /// The use after an action; `None` when that changes nothing. No more is ever spent than was reserved. A payment counts even after
    /// the release: the discount was given.
    #[must_use]
    pub fn with_action(&self, action: CreditUseAction) -> Option<Self> {
        let state = match (&self.state, action) {
            (CreditUseState::Reserved | CreditUseState::Released, CreditUseAction::Paid { discount, payment }) => {
                CreditUseState::Spent { amount: discount.clamp(0, self.reserved.amount.max(0)), payment }
            }
            (CreditUseState::Reserved, CreditUseAction::Release) => CreditUseState::Released,
            (CreditUseState::Spent { amount, payment }, CreditUseAction::Refunded) => {
                CreditUseState::GivenBack { amount: *amount, payment: payment.clone() }
            }
            (CreditUseState::GivenBack { amount, payment }, CreditUseAction::RefundFailed) => {
                CreditUseState::Spent { amount: *amount, payment: payment.clone() }
            }
            _ => return None,
        };
        Some(Self { state, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::money::Currency;
    use super::*;

    fn payment() -> PaymentId {
        PaymentId::parse("pi_1").unwrap()
    }

    fn paid(discount: i64) -> CreditUseAction {
        CreditUseAction::Paid { discount, payment: payment() }
    }

    fn in_state(state: CreditUseState) -> CreditUse {
        let reserved = Money::new(1_000, Currency::parse("usd").unwrap());
        CreditUse { reserved, reserved_at: Timestamp::UNIX_EPOCH, state }
    }

    #[test]
    fn a_use_is_spent_once_released_once_and_given_back_with_its_payment() {
        use CreditUseAction::{RefundFailed, Refunded, Release};
        use CreditUseState::{Released, Reserved};
        let spent = |amount| CreditUseState::Spent { amount, payment: payment() };
        let given_back = |amount| CreditUseState::GivenBack { amount, payment: payment() };
        for (from, action, to) in [
            (Reserved, paid(1_000), Some(spent(1_000))),
            // What Stripe did not take is released.
            (Reserved, paid(400), Some(spent(400))),
            (Reserved, paid(5_000), Some(spent(1_000))),
            (Reserved, paid(-1), Some(spent(0))),
            (Reserved, Release, Some(Released)),
            (Reserved, Refunded, None),
            (Reserved, RefundFailed, None),
            (Released, paid(1_000), Some(spent(1_000))),
            (Released, Release, None),
            (Released, Refunded, None),
            (Released, RefundFailed, None),
            (spent(400), paid(1_000), None),
            (spent(400), Release, None),
            (spent(400), Refunded, Some(given_back(400))),
            (spent(400), RefundFailed, None),
            (given_back(400), paid(1_000), None),
            (given_back(400), Release, None),
            (given_back(400), Refunded, None),
            (given_back(400), RefundFailed, Some(spent(400))),
        ] {
            let text = format!("{from:?} {action:?}");
            assert_eq!(in_state(from).with_action(action).map(|next| next.state), to, "{text}");
        }
    }

    #[test]
    fn only_what_is_reserved_or_spent_counts() {
        for (state, reserved, spent) in [
            (CreditUseState::Reserved, 1_000, 0),
            (CreditUseState::Spent { amount: 400, payment: payment() }, 0, 400),
            (CreditUseState::Released, 0, 0),
            (CreditUseState::GivenBack { amount: 400, payment: payment() }, 0, 0),
        ] {
            let one = in_state(state);
            assert_eq!((one.reserved_amount(), one.spent_amount()), (reserved, spent), "{one:?}");
        }
    }
}
