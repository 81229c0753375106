//! Shows what a subscription opens: by its status, by how its period was paid for, and until when.

use jiff::{SignedDuration, Timestamp};

use super::tests::{NOW, at, bought, decide, decide_with, product};
use crate::domain::{
    Currency, Fact, Interval, Invoice, InvoiceId, InvoiceStatus, Money, PausedCollectionAccess, Payment, PeriodInvoice,
    PeriodPayment, Subscription, SubscriptionId, SubscriptionPolicy, SubscriptionStatus, TrialAfterChange,
};

pub(super) const DAY: i64 = 86_400;

/// In the middle of its month.
pub(super) fn subscribed(status: &str) -> Subscription {
    Subscription {
        id: SubscriptionId::parse("sub_1").unwrap(),
        product: Some(product("a")),
        price: None,
        interval: Some(Interval::Month),
        status: SubscriptionStatus::from(status),
        period_start: at(NOW - 15 * DAY),
        period_end: at(NOW + 15 * DAY),
        period_payment: match status {
            "active" | "trialing" | "canceled" | "paused" => PeriodPayment::Paid,
            "incomplete" | "incomplete_expired" => PeriodPayment::Pending,
            _ => PeriodPayment::RenewalPending,
        },
        cancel_at_period_end: false,
        cancel_at: None,
        ended_at: None,
        trial_end: None,
        began_on_trial: false,
        trial_was_used: false,
        collection_paused: false,
        never_paid: false,
        pending_update_expires_at: None,
        schedule: None,
        scheduled_change: None,
        disputes: [].into(),
        refunds: [].into(),
        since: at(NOW - 100 * DAY),
    }
}

#[track_caller]
pub(super) fn check(subscription: Subscription, expected: &str) {
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
fn a_renewal_may_be_three_days_late() {
    check(ending(at(NOW - 3 * DAY + 1)), "subscribed");
    check(ending(at(NOW - 3 * DAY)), "ended");
    check(Subscription { status: SubscriptionStatus::Trialing, ..ending(at(NOW - 3 * DAY)) }, "ended");
}

#[test]
fn a_subscription_that_will_not_be_renewed_ends_on_its_day() {
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
    let patient =
        SubscriptionPolicy { past_due_grace: SignedDuration::from_hours(2 * 24), ..SubscriptionPolicy::default() };
    assert_eq!(decide_with(&patient, &failed(at(NOW - 2 * DAY + 1))), "subscribed");
    assert_eq!(decide_with(&patient, &failed(at(NOW - 2 * DAY))), "past due");
    // Without grace no clock can open it, not even one that is behind Stripe's.
    assert_eq!(decide(&failed(at(NOW + DAY))), "past due");
}

#[test]
fn only_a_renewal_after_something_was_paid_has_days_of_grace() {
    use PeriodPayment::{NotCollected, Paid, Pending, RenewalPending, RenewalProcessing};
    let patient =
        SubscriptionPolicy { past_due_grace: SignedDuration::from_hours(90 * 24), ..SubscriptionPolicy::default() };
    for (period_payment, never_paid, expected) in [
        (RenewalPending, false, "subscribed"),
        (RenewalProcessing, false, "subscribed"),
        // After a first payment that failed, or after a trial.
        (RenewalPending, true, "past due"),
        (Pending, false, "past due"),
        (Pending, true, "past due"),
        (NotCollected, false, "past due"),
        (NotCollected, true, "past due"),
        (Paid, true, "subscribed"),
    ] {
        let subscription = Subscription { period_payment, never_paid, ..subscribed("past_due") };
        let facts = [Fact::Subscription(subscription)];
        assert_eq!(decide_with(&patient, &facts), expected, "{period_payment:?} {never_paid}");
    }
}

#[test]
fn while_collection_is_paused_only_a_paid_period_is_open() {
    let paused = |end| Subscription { collection_paused: true, ..ending(end) };
    let renewed = || Subscription { period_payment: PeriodPayment::NotCollected, ..paused(at(NOW + DAY)) };
    check(paused(at(NOW + 1)), "subscribed");
    check(paused(at(NOW)), "ended");
    check(renewed(), "past due");
    for kept_as_draft in [PeriodPayment::RenewalPending, PeriodPayment::RenewalProcessing] {
        check(Subscription { period_payment: kept_as_draft, ..paused(at(NOW + DAY)) }, "past due");
    }
    check(Subscription { collection_paused: true, ..subscribed("past_due") }, "past due");

    let opens =
        SubscriptionPolicy { paused_collection: PausedCollectionAccess::AsIfPaid, ..SubscriptionPolicy::default() };
    for subscription in [renewed(), paused(at(NOW - 3 * DAY + 1))] {
        assert_eq!(decide_with(&opens, &[Fact::Subscription(subscription)]), "subscribed");
    }
    let never_paid = |subscription| Subscription { never_paid: true, ..subscription };
    for subscription in [renewed(), Subscription { period_payment: PeriodPayment::Pending, ..paused(at(NOW + DAY)) }] {
        assert_eq!(decide_with(&opens, &[Fact::Subscription(never_paid(subscription))]), "past due");
    }
}

#[test]
fn a_period_opens_when_it_was_paid_for() {
    let began = |payment, days: i64| Subscription {
        period_start: at(NOW - days * DAY),
        period_payment: payment,
        ..subscribed("active")
    };
    for (payment, days, expected) in [
        (PeriodPayment::Paid, 20, "subscribed"),
        (PeriodPayment::Pending, 0, "payment pending"),
        (PeriodPayment::RenewalPending, 2, "subscribed"),
        (PeriodPayment::RenewalPending, 3, "payment pending"),
        (PeriodPayment::RenewalProcessing, 13, "subscribed"),
        (PeriodPayment::RenewalProcessing, 14, "payment pending"),
        (PeriodPayment::NotCollected, 0, "past due"),
    ] {
        check(began(payment, days), expected);
    }
    // An invoice of a change that could not be paid makes Stripe say past_due; the period was paid all the same.
    check(Subscription { period_payment: PeriodPayment::Paid, ..subscribed("past_due") }, "subscribed");
    // No patience outlives a settled end.
    let leaving = Subscription { cancel_at: Some(at(NOW)), ..began(PeriodPayment::RenewalProcessing, 1) };
    check(leaving, "payment pending");
}

#[test]
fn a_periods_payment_is_that_of_its_invoice() {
    use PeriodPayment::{NotCollected, Paid, Pending, RenewalPending, RenewalProcessing};
    for (status, is_renewal, is_processing, paid_before, expected) in [
        ("paid", false, false, false, Paid),
        ("paid", true, false, true, Paid),
        ("draft", false, false, false, Pending),
        ("open", false, true, false, Pending),
        // A change began the period: what was paid before was for another one.
        ("open", false, true, true, Pending),
        ("draft", true, false, true, RenewalPending),
        ("open", true, false, true, RenewalPending),
        ("open", true, true, true, RenewalProcessing),
        // After a trial nothing has ever been paid.
        ("open", true, true, false, RenewalPending),
        ("uncollectible", true, false, true, NotCollected),
        ("void", true, true, true, NotCollected),
        ("a_status_of_2031", true, true, true, NotCollected),
    ] {
        let invoice = PeriodInvoice { status: InvoiceStatus::from(status), is_renewal, is_processing };
        assert_eq!(PeriodPayment::from_invoice(Some(&invoice), paid_before), expected, "{invoice:?} {paid_before}");
    }
    assert_eq!(PeriodPayment::from_invoice(None, true), NotCollected);
}

#[test]
fn a_subscription_to_another_product_opens_nothing() {
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
fn the_predicates_mean_what_they_mean_in_laravel_cashier() {
    let now = |status| subscribed(status);
    assert!(now("trialing").on_trial() && !now("active").on_trial());
    assert!(now("past_due").past_due() && now("unpaid").past_due() && !now("active").past_due());
    assert!(now("canceled").ended() && now("incomplete_expired").ended() && now("paused").is_live());
    let leaving = Subscription { cancel_at_period_end: true, ..now("active") };
    assert!(leaving.on_grace_period() && !now("active").on_grace_period());
    assert!(!Subscription { status: SubscriptionStatus::Canceled, ..leaving }.on_grace_period());
}

#[test]
fn a_change_leaves_what_is_left_of_the_shorter_trial() {
    // Begun two days ago, for seven days.
    let trial = Subscription {
        since: at(NOW - 2 * DAY),
        trial_end: Some(at(NOW + 5 * DAY)),
        period_end: at(NOW + 5 * DAY),
        ..subscribed("trialing")
    };
    for (trial_days, expected) in [
        (0, TrialAfterChange::EndsNow),
        (2, TrialAfterChange::EndsNow),
        (3, TrialAfterChange::EndsAt(at(NOW + DAY))),
        (7, TrialAfterChange::Unchanged),
        (30, TrialAfterChange::Unchanged),
    ] {
        assert_eq!(trial.trial_after_change(trial_days, at(NOW)), expected, "{trial_days}");
    }
    let over = Subscription { status: SubscriptionStatus::Active, ..trial };
    assert_eq!(over.trial_after_change(0, at(NOW)), TrialAfterChange::Unchanged);
}

#[test]
fn what_is_paid_in_the_second_of_the_end_or_later_is_reported() {
    let ended = Subscription { ended_at: Some(at(NOW)), ..subscribed("canceled") };
    let paid_at = |second: i64, paid: i64| Invoice {
        id: InvoiceId::parse("in_1").unwrap(),
        subscription: ended.id.clone(),
        number: None,
        status: InvoiceStatus::Paid,
        due: Money::new(1900, Currency::parse("usd").unwrap()),
        paid,
        created: at(NOW - DAY),
        paid_at: Some(at(second)),
        paid_out_of_band: false,
        product: None,
        attempted: true,
        is_first: true,
        hosted_url: None,
        pdf_url: None,
    };
    for (second, paid, reported) in
        [(NOW - 1, 1900, false), (NOW, 1900, true), (NOW + 1, 1900, true), (NOW + 1, 0, false)]
    {
        assert_eq!(ended.was_paid_after_end(&paid_at(second, paid)), reported, "{second} {paid}");
    }
}
