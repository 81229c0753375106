//! The subscription's part of the table, cell by cell.

use jiff::{SignedDuration, Timestamp};

use super::tests::{NOW, at, bought, decide, decide_with, product};
use crate::domain::{
    DisputeId, DisputeStatus, Fact, Interval, Payment, Policy, Subscription, SubscriptionId, SubscriptionStatus,
};

const DAY: i64 = 86_400;

/// In the middle of its month.
fn subscribed(status: &str) -> Subscription {
    Subscription {
        id: SubscriptionId::parse("sub_1").unwrap(),
        product: Some(product("a")),
        price: None,
        interval: Some(Interval::Month),
        status: SubscriptionStatus::from(status),
        period_start: at(NOW - 15 * DAY),
        period_end: at(NOW + 15 * DAY),
        cancel_at_period_end: false,
        cancel_at: None,
        ended_at: None,
        trial_end: None,
        collection_paused: false,
        change_waits_until: None,
        disputes: [].into(),
        since: at(NOW - 100 * DAY),
    }
}

#[track_caller]
fn check(subscription: Subscription, expected: &str) {
    assert_eq!(decide(&[Fact::Subscription(subscription)]), expected);
}

fn ending(period_end: Timestamp) -> Subscription {
    Subscription { period_end, ..subscribed("active") }
}

#[test]
fn every_status_has_its_answer() {
    for (status, expected) in [
        ("active", "subscribed"),
        ("trialing", "subscribed"),
        ("past_due", "past due"),
        ("unpaid", "past due"),
        ("incomplete", "incomplete"),
        ("incomplete_expired", "ended"),
        ("paused", "paused"),
        ("canceled", "ended"),
        ("a_status_of_2031", "unknown"),
    ] {
        check(subscribed(status), expected);
    }
}

#[test]
fn a_late_renewal_has_three_days() {
    check(ending(at(NOW - 3 * DAY + 1)), "subscribed");
    check(ending(at(NOW - 3 * DAY)), "ended");
    check(Subscription { status: SubscriptionStatus::Trialing, ..ending(at(NOW - 3 * DAY)) }, "ended");
}

#[test]
fn one_that_will_not_be_renewed_ends_on_its_day() {
    let flagged = |end| Subscription { cancel_at_period_end: true, ..ending(end) };
    check(flagged(at(NOW + 1)), "subscribed");
    check(flagged(at(NOW)), "ended");
    check(Subscription { cancel_at: Some(at(NOW + 1)), ..subscribed("active") }, "subscribed");
    check(Subscription { cancel_at: Some(at(NOW)), ..subscribed("active") }, "ended");
    // A date beyond the period does not make the period longer.
    check(Subscription { cancel_at: Some(at(NOW + 100 * DAY)), ..ending(at(NOW - 4 * DAY)) }, "ended");
}

#[test]
fn a_failed_payment_closes_at_once_unless_days_of_grace_are_given() {
    let failed = |start| [Fact::Subscription(Subscription { period_start: start, ..subscribed("past_due") })];
    let patient = Policy { past_due_grace: SignedDuration::from_hours(2 * 24), ..Policy::default() };
    assert_eq!(decide_with(&patient, &failed(at(NOW - 2 * DAY + 1))), "subscribed");
    assert_eq!(decide_with(&patient, &failed(at(NOW - 2 * DAY))), "past due");
    // Without grace no clock can open it, not even one that is behind Stripe's.
    assert_eq!(decide(&failed(at(NOW + DAY))), "past due");
}

#[test]
fn a_paused_collection_keeps_the_status() {
    check(Subscription { collection_paused: true, ..subscribed("active") }, "subscribed");
    check(Subscription { collection_paused: true, ..subscribed("past_due") }, "past due");
}

#[test]
fn a_dispute_of_an_invoice_closes_until_it_is_won() {
    let disputed = |statuses: &[&str]| {
        let disputes = statuses
            .iter()
            .enumerate()
            .map(|(index, status)| (DisputeId::parse(format!("dp_{index}")).unwrap(), DisputeStatus::from(*status)));
        Subscription { disputes: disputes.collect(), ..subscribed("active") }
    };
    for closing in ["needs_response", "under_review", "lost", "a_status_of_2031"] {
        check(disputed(&["won", closing]), "disputed");
    }
    for harmless in ["won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"] {
        check(disputed(&[harmless]), "subscribed");
    }
}

#[test]
fn what_we_do_not_sell_opens_nothing() {
    check(Subscription { product: None, ..subscribed("active") }, "not purchased");
    check(Subscription { product: Some(product("b")), ..subscribed("active") }, "not purchased");
}

#[test]
fn a_failed_subscription_never_hides_a_paid_one() {
    let older = || Fact::Subscription(subscribed("past_due"));
    let newer = || {
        let id = SubscriptionId::parse("sub_2").unwrap();
        Fact::Subscription(Subscription { id, ..subscribed("active") })
    };
    assert_eq!(decide(&[older(), newer()]), "subscribed");
    assert_eq!(decide(&[newer(), older()]), "subscribed");
}

#[test]
fn what_was_bought_for_life_outlives_the_subscription() {
    let bought = || Fact::Purchase(bought("a", Payment::Paid));
    for status in ["active", "canceled", "past_due"] {
        assert_eq!(decide(&[Fact::Subscription(subscribed(status)), bought()]), "purchased", "{status}");
    }
}

#[test]
fn the_predicates_speak_cashiers_language() {
    let now = |status| subscribed(status);
    assert!(now("trialing").on_trial() && !now("active").on_trial());
    assert!(now("past_due").past_due() && now("unpaid").past_due() && !now("active").past_due());
    assert!(now("canceled").ended() && now("incomplete_expired").ended() && now("paused").is_live());
    let leaving = Subscription { cancel_at_period_end: true, ..now("active") };
    assert!(leaving.on_grace_period() && !now("active").on_grace_period());
    assert!(!Subscription { status: SubscriptionStatus::Canceled, ..leaving }.on_grace_period());
}
