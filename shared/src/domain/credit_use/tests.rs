//! What becomes of reserved credit, and how much of it a price takes.

use proptest::prelude::*;

use super::*;

fn payment(id: &str) -> PaymentId {
    PaymentId::parse(id).unwrap()
}

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::parse("usd").unwrap())
}

fn in_state(state: CreditUseState) -> CreditUse {
    CreditUse {
        id: CreditUseId::parse("cu_1").unwrap(),
        reserved: usd(1_000),
        reserved_at: Timestamp::UNIX_EPOCH,
        payable_until: Timestamp::UNIX_EPOCH,
        checkout: None,
        state,
    }
}

fn paid(discount: Option<i64>, went_back: bool) -> CheckoutOutcome {
    CheckoutOutcome::Paid { payment: payment("pi_1"), discount, went_back }
}

fn spent(amount: i64) -> CreditUseState {
    CreditUseState::Spent { amount, payment: payment("pi_1") }
}

fn given_back(amount: i64) -> CreditUseState {
    CreditUseState::GivenBack { amount, payment: payment("pi_1") }
}

#[test]
fn a_use_follows_its_checkout_and_is_spent_once() {
    use CheckoutOutcome::Over;
    use CreditUseState::{Released, Reserved};
    let other = CheckoutOutcome::Paid { payment: payment("pi_2"), discount: None, went_back: false };
    for (from, outcome, to) in [
        (Reserved, paid(None, false), Some(spent(1_000))),
        (Reserved, paid(Some(1_000), false), Some(spent(1_000))),
        // What Stripe did not take is released.
        (Reserved, paid(Some(400), false), Some(spent(400))),
        (Reserved, paid(Some(5_000), false), Some(spent(1_000))),
        (Reserved, paid(Some(-1), false), Some(spent(0))),
        (Reserved, paid(None, true), Some(given_back(1_000))),
        (Reserved, Over, Some(Released)),
        (Released, paid(Some(400), false), Some(spent(400))),
        (Released, paid(None, false), Some(spent(1_000))),
        (Released, Over, None),
        (spent(400), paid(None, false), None),
        (spent(400), paid(None, true), Some(given_back(400))),
        (spent(1_000), paid(Some(400), false), Some(spent(400))),
        (spent(400), Over, None),
        (spent(400), other.clone(), None),
        (given_back(400), paid(None, false), Some(spent(400))),
        (given_back(400), paid(None, true), None),
        (given_back(400), Over, None),
        (given_back(400), other, None),
    ] {
        let text = format!("{from:?} {outcome:?}");
        assert_eq!(in_state(from).after(outcome).map(|next| next.state), to, "{text}");
    }
}

#[test]
fn only_what_is_reserved_or_spent_counts() {
    for (state, reserved, used) in [
        (CreditUseState::Reserved, 1_000, 0),
        (spent(400), 0, 400),
        (CreditUseState::Released, 0, 0),
        (given_back(400), 0, 0),
    ] {
        let one = in_state(state);
        assert_eq!((one.reserved_amount(), one.spent_amount()), (reserved, used), "{one:?}");
    }
}

#[test]
fn what_is_left_to_pay_is_nothing_or_what_stripe_charges() {
    use LeftToPay::{MayBeNothing, Something};
    for (price, available, left, expected) in [
        (4_900, 0, MayBeNothing, 0),
        (4_900, 1_225, MayBeNothing, 1_225),
        (4_900, 1_225, Something, 1_225),
        (4_900, 4_850, Something, 4_850),
        (4_900, 4_851, MayBeNothing, 4_850),
        (4_900, 4_899, MayBeNothing, 4_850),
        (4_900, 4_900, MayBeNothing, 4_900),
        (4_900, 9_999, MayBeNothing, 4_900),
        (4_900, 9_999, Something, 4_850),
        (40, 30, MayBeNothing, 0),
        (40, 40, MayBeNothing, 40),
        (40, 40, Something, 0),
        (0, 100, MayBeNothing, 0),
        (4_900, -5, MayBeNothing, 0),
    ] {
        assert_eq!(credit_for_price(usd(price), available, left), expected, "{price} {available} {left:?}");
    }
    let czk = Money::new(2_000, Currency::parse("czk").unwrap());
    assert_eq!(credit_for_price(czk, 1_900, MayBeNothing), 500, "15 crowns are left");
}

proptest! {
    #[test]
    fn no_more_than_there_is_and_than_it_costs(price in 0i64..100_000, available in -100i64..200_000, may_be_nothing: bool) {
        let left = if may_be_nothing { LeftToPay::MayBeNothing } else { LeftToPay::Something };
        let used = credit_for_price(usd(price), available, left);
        prop_assert!((0..=price).contains(&used) && used <= available.max(0));
        let to_pay = price - used;
        prop_assert!(used == 0 || to_pay >= 50 || (to_pay == 0 && may_be_nothing));
    }
}
