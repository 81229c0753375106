//! What one referral is worth, and where it stands, case by case.

use std::collections::BTreeMap;

use super::super::id::{ProductId, PurchaseId, RefundId};
use super::super::refund::{Refund, RefundStatus};
use super::*;

fn day(day: i64) -> Timestamp {
    Timestamp::new(day * 86_400, 0).unwrap()
}

fn payment(id: &str) -> PaymentId {
    PaymentId::parse(id).unwrap()
}

fn referral() -> Referral {
    Referral {
        payment: payment("pi_1"),
        charged: Money::new(4_900, Currency::parse("usd").unwrap()),
        created_at: day(0),
        paid_at: Some(day(0)),
        refunded: 0,
        dispute: ReferralDispute::None,
        refund_requested: false,
        rejection: None,
    }
}

fn referred() -> Referred {
    let Referral { payment, charged, created_at, .. } = referral();
    let referrer = UserId::parse("ada").unwrap();
    Referred { referrer, payment, subscription: None, charged, created_at, paid_at: day(3), rejection: None }
}

#[test]
fn a_quarter_is_earned_and_rounded_down() {
    for (rate_percent, amount, credit) in [
        (25, 4_900, 1_225),
        (25, 4_901, 1_225),
        (25, 4_903, 1_225),
        (25, 4_904, 1_226),
        (25, 3, 0),
        (25, 0, 0),
        (25, -4_900, 0),
        (0, 4_900, 0),
        (100, 4_901, 4_901),
        (25, i64::MAX, i64::MAX / 4),
        (100, i64::MAX, i64::MAX),
    ] {
        let policy = ReferralPolicy { rate_percent, ..ReferralPolicy::default() };
        assert_eq!(policy.credit_of(amount), credit, "{rate_percent} % of {amount}");
    }
}

#[test]
fn the_state_follows_from_the_payment_and_the_clock() {
    use ReferralState::{Confirmed, Credited, Pending, Rejected, Reversed};
    let (paid, policy) = (referral(), ReferralPolicy::default());
    let in_dispute = |dispute| Referral { dispute, ..paid.clone() };
    for (referral, now, state, available_at) in [
        (Referral { paid_at: None, ..paid.clone() }, day(99), Pending, None),
        (paid.clone(), day(0), Confirmed, Some(day(15))),
        (paid.clone(), day(15) - SignedDuration::from_nanos(1), Confirmed, Some(day(15))),
        (paid.clone(), day(15), Credited, Some(day(15))),
        // A clock that is behind.
        (paid.clone(), day(-9), Confirmed, Some(day(15))),
        (Referral { refunded: 4_899, ..paid.clone() }, day(15), Credited, Some(day(15))),
        (Referral { refunded: 4_900, ..paid.clone() }, day(15), Reversed, None),
        (Referral { refunded: 9_999, ..paid.clone() }, day(0), Reversed, None),
        (Referral { refund_requested: true, ..paid.clone() }, day(99), Confirmed, None),
        (in_dispute(ReferralDispute::Open), day(99), Confirmed, None),
        (in_dispute(ReferralDispute::Lost), day(99), Reversed, None),
        (Referral { rejection: Some(ReferralRejection::SameCard), ..paid.clone() }, day(99), Rejected, None),
        (
            Referral { rejection: Some(ReferralRejection::NotFirstPurchase), paid_at: None, ..paid.clone() },
            day(99),
            Rejected,
            None,
        ),
    ] {
        assert_eq!(referral.state(&policy, now), state, "{referral:?} {now}");
        assert_eq!(referral.available_at(&policy), available_at, "{referral:?}");
    }
}

#[test]
fn refunds_and_disputes_take_their_share() {
    let paid = referral();
    for (refunded, dispute, would_earn, reversed, suspended, net) in [
        (0, ReferralDispute::None, 1_225, 0, 0, 1_225),
        (1, ReferralDispute::None, 1_225, 1, 0, 1_224),
        (2_450, ReferralDispute::None, 1_225, 613, 0, 612),
        (4_900, ReferralDispute::None, 1_225, 1_225, 0, 0),
        (9_999, ReferralDispute::None, 1_225, 1_225, 0, 0),
        (-5, ReferralDispute::None, 1_225, 0, 0, 1_225),
        (0, ReferralDispute::Open, 1_225, 0, 1_225, 0),
        (2_450, ReferralDispute::Open, 1_225, 613, 612, 0),
        (0, ReferralDispute::Lost, 1_225, 1_225, 0, 0),
        (2_450, ReferralDispute::Lost, 1_225, 1_225, 0, 0),
    ] {
        let referral = Referral { refunded, dispute, ..paid.clone() };
        let credit = ReferralCredit { would_earn, reversed, suspended, net };
        assert_eq!(referral.credit(&ReferralPolicy::default()), credit, "{referral:?}");
    }
    let rejected = Referral { rejection: Some(ReferralRejection::SameCustomer), ..paid.clone() };
    assert_eq!(rejected.credit(&ReferralPolicy::default()), ReferralCredit::default());
    let unpaid = Referral { paid_at: None, ..paid };
    assert_eq!(unpaid.credit(&ReferralPolicy::default()), ReferralCredit::default());
}

#[test]
fn a_lost_dispute_outweighs_an_open_one_and_others_do_not_count() {
    use ReferralDispute::{Lost, None, Open};
    for (statuses, expected) in [
        (&[][..], None),
        (&["warning_needs_response", "warning_closed", "won", "prevented"], None),
        (&["needs_response"], Open),
        (&["under_review", "won"], Open),
        (&["a_status_of_2031"], Open),
        (&["lost", "needs_response"], Lost),
        (&["needs_response", "lost", "won"], Lost),
    ] {
        let parsed: Vec<_> = statuses.iter().map(|status| DisputeStatus::from(*status)).collect();
        assert_eq!(ReferralDispute::from_statuses(&parsed), expected, "{statuses:?}");
    }
}

fn purchase(status: Payment, charged: i64) -> Purchase {
    Purchase {
        id: PurchaseId::parse("pi_1").unwrap(),
        product: ProductId::parse("a").unwrap(),
        price: None,
        charged: Money::new(charged, Currency::parse("usd").unwrap()),
        payment: status,
        refunds: BTreeMap::new(),
        disputes: BTreeMap::new(),
        referrer: None,
        additional_products: Vec::new(),
        since: day(0),
        paid_at: (status == Payment::Paid).then(|| day(3)),
    }
}

#[test]
fn a_purchase_counts_if_it_is_the_one_that_the_learner_was_referred_by() {
    let referred = |id: &str, rejection| Referred { payment: payment(id), rejection, ..referred() };
    let (own, other) = (referred("pi_1", None), referred("pi_0", None));
    let same_card = referred("pi_1", Some(ReferralRejection::SameCard));
    let not_first = Some(ReferralRejection::NotFirstPurchase);
    for (status, referred, expected) in [
        (Payment::Pending, None, Some((None, None))),
        (Payment::Pending, Some(&other), Some((None, None))),
        (Payment::Paid, Some(&own), Some((Some(day(3)), None))),
        (Payment::Paid, Some(&same_card), Some((Some(day(3)), Some(ReferralRejection::SameCard)))),
        (Payment::Paid, Some(&other), Some((None, not_first))),
        (Payment::Paid, None, Some((None, not_first))),
        (Payment::Failed, None, Some((None, Some(ReferralRejection::PaymentFailed)))),
        (Payment::Failed, Some(&other), Some((None, Some(ReferralRejection::PaymentFailed)))),
    ] {
        let found = Referral::of_purchase(&purchase(status, 4_900), referred);
        let found = found.map(|referral| (referral.paid_at, referral.rejection));
        assert_eq!(found, expected, "{status:?} {referred:?}");
    }
    assert_eq!(Referral::of_purchase(&purchase(Payment::Paid, 0), Some(&own)), None, "it cost nothing");
}

#[test]
fn refunds_and_disputes_of_the_purchase_are_those_of_the_referral() {
    let refund = |amount, status| Refund::new(amount, status);
    let mut bought = purchase(Payment::Paid, 4_900);
    bought.refunds = BTreeMap::from([
        (RefundId::parse("re_1").unwrap(), refund(1_000, RefundStatus::Succeeded)),
        (RefundId::parse("re_2").unwrap(), refund(2_000, RefundStatus::Failed)),
    ]);
    bought.disputes.insert(super::super::id::DisputeId::parse("dp_1").unwrap(), DisputeStatus::UnderReview);
    let found = Referral::of_purchase(&bought, Some(&referred())).unwrap();
    assert_eq!((found.refunded, found.dispute, found.charged.amount), (1_000, ReferralDispute::Open, 4_900));
}
