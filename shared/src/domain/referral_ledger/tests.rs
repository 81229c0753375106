//! The credit of random ledgers always adds up, in every currency, and the cap counts by day of payment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::super::credit_use::CreditUseState;
use super::super::id::{CreditUseId, PaymentId};
use super::super::money::Money;
use super::super::referral::{ReferralDispute, ReferralRejection};
use super::*;

const DAYS: i64 = 40;

fn day(day: i64) -> Timestamp {
    Timestamp::new(day * 86_400, 0).unwrap()
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn usd(amount: i64) -> Money {
    Money::new(amount, currency("usd"))
}

fn referral(id: &str, paid: i64, amount: i64) -> Referral {
    Referral {
        payment: PaymentId::parse(id).unwrap(),
        charged: usd(amount),
        created_at: day(paid),
        paid_at: Some(day(paid)),
        refunded: 0,
        dispute: ReferralDispute::None,
        refund_requested: false,
        rejection: None,
    }
}

fn spent(amount: i64) -> CreditUse {
    let state = CreditUseState::Spent { amount, payment: PaymentId::parse("pi_9").unwrap() };
    CreditUse {
        id: CreditUseId::from_bits(0),
        reserved: usd(amount),
        reserved_at: day(0),
        payable_until: day(1),
        checkout: None,
        state,
    }
}

fn reserved(amount: i64) -> CreditUse {
    CreditUse { state: CreditUseState::Reserved, ..spent(amount) }
}

fn capped(amount: i64) -> ReferralPolicy {
    ReferralPolicy { cap: vec![usd(amount)], ..ReferralPolicy::default() }
}

#[test]
fn what_is_taken_back_after_it_was_spent_is_owed_and_the_next_earnings_pay_it_off() {
    let sold = |id, paid| referral(id, paid, 4_000);
    let refunded = |one: Referral| Referral { refunded: 4_000, ..one };
    // At day 20, referrals of day 0 are available and those of day 10 are held; each earns 1,000.
    for (referrals, uses, (earned, held, available, reserved, spent, owed)) in [
        (vec![], vec![], (0, 0, 0, 0, 0, 0)),
        (vec![sold("pi_1", 10)], vec![], (1_000, 1_000, 0, 0, 0, 0)),
        (vec![sold("pi_1", 0)], vec![], (1_000, 0, 1_000, 0, 0, 0)),
        (vec![sold("pi_1", 0)], vec![spent(300)], (1_000, 0, 700, 0, 300, 0)),
        (vec![sold("pi_1", 0)], vec![spent(300), reserved(700)], (1_000, 0, 0, 700, 300, 0)),
        (vec![refunded(sold("pi_1", 0))], vec![], (0, 0, 0, 0, 0, 0)),
        (vec![refunded(sold("pi_1", 0))], vec![spent(300)], (0, 0, 0, 0, 300, 300)),
        (vec![refunded(sold("pi_1", 0))], vec![reserved(300)], (0, 0, 0, 300, 0, 300)),
        // Held credit pays nothing off yet.
        (vec![refunded(sold("pi_1", 0)), sold("pi_2", 10)], vec![spent(300)], (1_000, 1_000, 0, 0, 300, 300)),
        (vec![refunded(sold("pi_1", 0)), sold("pi_2", 1)], vec![spent(300)], (1_000, 0, 700, 0, 300, 0)),
    ] {
        let ledger = ReferralLedger::new(referrals, uses);
        let balance = ledger.balance(&ReferralPolicy::default(), currency("usd"), day(20));
        let found = (balance.earned, balance.held, balance.available, balance.reserved, balance.spent, balance.owed);
        assert_eq!(found, (earned, held, available, reserved, spent, owed), "{ledger:?}");
    }
}

#[test]
fn the_cap_counts_net_credit_by_day_of_payment_and_id() {
    let refunded = |one: Referral, refunded| Referral { refunded, ..one };
    let disputed = |one: Referral| Referral { dispute: ReferralDispute::Open, ..one };
    for (referrals, expected) in [
        (vec![referral("pi_1", 0, 4_000), referral("pi_2", 1, 4_000)], vec![("pi_1", 1_000), ("pi_2", 500)]),
        (vec![referral("pi_1", 1, 4_000), referral("pi_2", 0, 4_000)], vec![("pi_2", 1_000), ("pi_1", 500)]),
        // Paid at the same time: the id decides.
        (vec![referral("pi_2", 0, 4_000), referral("pi_1", 0, 4_000)], vec![("pi_1", 1_000), ("pi_2", 500)]),
        // What went back makes room, and so does what the bank holds.
        (
            vec![refunded(referral("pi_1", 0, 4_000), 4_000), referral("pi_2", 1, 4_000), referral("pi_3", 2, 4_000)],
            vec![("pi_1", 0), ("pi_2", 1_000), ("pi_3", 500)],
        ),
        (
            vec![disputed(referral("pi_1", 0, 4_000)), referral("pi_2", 1, 4_000), referral("pi_3", 2, 4_000)],
            vec![("pi_1", 0), ("pi_2", 1_000), ("pi_3", 500)],
        ),
        (vec![referral("pi_1", 0, 9_000)], vec![("pi_1", 1_500)]),
    ] {
        let ledger = ReferralLedger::new(referrals, Vec::new());
        let credited = ledger.credited_referrals(&capped(1_500));
        let found: Vec<_> = credited.iter().map(|one| (one.referral.payment.as_str(), one.earned)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_cap_is_of_its_currency_and_credit_of_its_own() {
    let euros = Referral { charged: Money::new(4_000, currency("eur")), ..referral("pi_2", 0, 0) };
    let ledger = ReferralLedger::new(vec![referral("pi_1", 0, 4_000), euros], vec![spent(100)]);
    let balances = ledger.balances(&capped(600), day(20));
    let available: Vec<_> = balances.iter().map(|(currency, balance)| (currency.as_str(), balance.available)).collect();
    assert_eq!(available, [("eur", 1_000), ("usd", 500)]);
}

fn referrals() -> impl Strategy<Value = Vec<Referral>> {
    let dispute = prop::sample::select(vec![
        ReferralDispute::None,
        ReferralDispute::None,
        ReferralDispute::Open,
        ReferralDispute::Lost,
    ]);
    let rejection = prop::option::weighted(0.1, Just(ReferralRejection::SameCard));
    let one = (0..9_999i64, prop::option::weighted(0.9, 0..DAYS), any::<bool>(), 0..11_000i64, dispute, rejection);
    let one = (one, prop::bool::weighted(0.1), prop::bool::weighted(0.5));
    prop::collection::vec(one, 0..12).prop_map(|all| {
        let all = all.into_iter().enumerate();
        let referrals = all.map(
            |(index, ((amount, paid, is_usd, refunded, dispute, rejection), refund_requested, is_refunded))| Referral {
                charged: Money::new(amount, currency(if is_usd { "usd" } else { "eur" })),
                paid_at: paid.map(day),
                refunded: if is_refunded { refunded } else { 0 },
                dispute,
                refund_requested,
                rejection,
                ..referral(&format!("pi_{index}"), 0, 0)
            },
        );
        referrals.collect()
    })
}

fn uses() -> impl Strategy<Value = Vec<CreditUse>> {
    let payment = PaymentId::parse("pi_9").unwrap();
    let (spent, given_back) = (payment.clone(), payment);
    let one = (0..3_000i64, 0..4u8, any::<bool>()).prop_map(move |(amount, state, is_usd)| CreditUse {
        reserved: Money::new(amount, currency(if is_usd { "usd" } else { "eur" })),
        state: match state {
            0 => CreditUseState::Reserved,
            1 => CreditUseState::Released,
            2 => CreditUseState::Spent { amount: amount / 2, payment: spent.clone() },
            _ => CreditUseState::GivenBack { amount, payment: given_back.clone() },
        },
        ..reserved(0)
    });
    prop::collection::vec(one, 0..6)
}

fn policies() -> impl Strategy<Value = ReferralPolicy> {
    (0..30u16, 0..101u8, prop::option::of(0..6_000i64)).prop_map(|(hold_days, rate_percent, cap)| ReferralPolicy {
        hold_days,
        rate_percent,
        cap: cap.map(usd).into_iter().collect(),
    })
}

/// The same sums by another way: from the states of the referrals, the cap applied to their total.
fn total_earned(ledger: &ReferralLedger, policy: &ReferralPolicy, currency: Currency, now: Timestamp) -> i64 {
    let counts = |one: &&Referral| {
        let state = one.state(policy, now);
        one.charged.currency == currency
            && one.dispute == ReferralDispute::None
            && matches!(state, ReferralState::Confirmed | ReferralState::Credited)
    };
    let kept = |one: &Referral| policy.credit_of((one.charged.amount - one.refunded).max(0));
    let total: i64 = ledger.referrals.iter().filter(counts).map(kept).sum();
    policy.cap_in(currency).map_or(total, |cap| total.min(cap))
}

fn check(ledger: &ReferralLedger, policy: &ReferralPolicy, now: Timestamp) -> BTreeMap<Currency, CreditBalance> {
    let balances = ledger.balances(policy, now);
    for (currency, balance) in &balances {
        let CreditBalance { would_earn, reversed, suspended, beyond_cap, .. } = *balance;
        let CreditBalance { earned, held, available, reserved, spent, owed, .. } = *balance;
        assert_eq!(earned + owed, held + available + reserved + spent, "{balance:?}");
        assert_eq!(would_earn, earned + reversed + suspended + beyond_cap, "{balance:?}");
        let all = [would_earn, reversed, suspended, beyond_cap, earned, held, available, reserved, spent, owed];
        assert!(all.iter().all(|amount| *amount >= 0), "{balance:?}");
        assert!(available == 0 || owed == 0, "credit is available while some is owed: {balance:?}");
        assert_eq!(earned, total_earned(ledger, policy, *currency, now), "{balance:?}");
        let shares = ledger.credited_referrals(policy).into_iter();
        let shares = shares.filter(|one| one.referral.charged.currency == *currency);
        assert_eq!(earned, shares.map(|one| one.earned).sum::<i64>());
    }
    balances
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn credit_adds_up_to_the_cent_in_every_currency(
        referrals in referrals(), uses in uses(), policy in policies(), now in 0..DAYS + 30,
    ) {
        let forwards = ReferralLedger::new(referrals.clone(), uses.clone());
        let backwards = ReferralLedger::new(referrals.into_iter().rev().collect(), uses.into_iter().rev().collect());
        let balances = check(&forwards, &policy, day(now));
        prop_assert_eq!(balances, backwards.balances(&policy, day(now)), "the order does not matter");
    }

    #[test]
    fn time_alone_makes_held_credit_available_and_never_takes_any(
        referrals in referrals(), uses in uses(), policy in policies(), now in 0..DAYS, later in 0..40i64,
    ) {
        let ledger = ReferralLedger::new(referrals, uses);
        let (before, after) = (check(&ledger, &policy, day(now)), check(&ledger, &policy, day(now + later)));
        for (currency, before) in before {
            let after = after[&currency];
            prop_assert!(after.available >= before.available && after.held <= before.held && after.owed <= before.owed);
            prop_assert_eq!(after.earned, before.earned);
        }
    }

    #[test]
    fn every_referral_is_counted_once(referrals in referrals(), policy in policies(), now in 0..DAYS + 30) {
        let all = referrals.len();
        let ReferralCounts { pending, confirmed, credited, reversed, rejected } =
            ReferralLedger::new(referrals, Vec::new()).counts(&policy, day(now));
        prop_assert_eq!(pending + confirmed + credited + reversed + rejected, all);
    }
}
