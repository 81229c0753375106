//! Shows what disputes and refunds of its invoices do to a subscription.

use super::subscription_tests::{DAY, check, subscribed};
use super::tests::{NOW, at, decide_with};
use crate::domain::{
    BillingPeriod, DisputeId, DisputeStatus, Fact, InvoiceDispute, InvoiceId, InvoiceRefunds, LostDisputeAction,
    PeriodPayment, Refund, RefundId, RefundStatus, Subscription, SubscriptionPolicy, SubscriptionStatus,
};

#[test]
fn a_dispute_of_an_invoice_closes_until_it_is_won() {
    let subscription = |statuses: &[&str]| {
        let disputes = statuses
            .iter()
            .enumerate()
            .map(|(index, status)| (DisputeId::parse(format!("dp_{index}")).unwrap(), disputed(status, -15)));
        Subscription { disputes: disputes.collect(), ..subscribed("active") }
    };
    for closing in ["needs_response", "under_review", "lost", "a_status_of_2031"] {
        check(subscription(&["won", closing]), "disputed");
    }
    for harmless in ["won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"] {
        check(subscription(&[harmless]), "subscribed");
    }
}

/// Of an invoice for the month that began so many days from now.
fn disputed(status: &str, days: i64) -> InvoiceDispute {
    InvoiceDispute { status: DisputeStatus::from(status), period: Some(month(days)), invoice: None }
}

fn month(days: i64) -> BillingPeriod {
    BillingPeriod { start: at(NOW + days * DAY), end: at(NOW + (days + 30) * DAY) }
}

fn with_dispute(status: &str, days: i64, subscription: Subscription) -> Subscription {
    let disputes = [(DisputeId::parse("dp_1").unwrap(), disputed(status, days))].into();
    Subscription { disputes, ..subscription }
}

#[test]
fn a_dispute_closes_only_the_period_whose_payment_is_disputed() {
    check(with_dispute("lost", -45, subscribed("active")), "subscribed");
    check(with_dispute("lost", -15, subscribed("active")), "disputed");
    // Of a change in the middle of it.
    check(with_dispute("needs_response", -1, subscribed("active")), "disputed");
    let unknown = [(DisputeId::parse("dp_1").unwrap(), InvoiceDispute { period: None, ..disputed("lost", 0) })];
    check(Subscription { disputes: unknown.into(), ..subscribed("active") }, "disputed");
}

#[test]
fn after_a_lost_dispute_nothing_more_is_charged() {
    use LostDisputeAction::{CancelAtPeriodEnd, CancelNow, NothingToDo};
    let processing = || Subscription { period_payment: PeriodPayment::RenewalProcessing, ..subscribed("active") };
    let flagged = |status: &str| Subscription { cancel_at_period_end: true, ..subscribed(status) };
    for (days, subscription, expected) in [
        (-45, subscribed("active"), CancelAtPeriodEnd),
        (-45, flagged("active"), NothingToDo),
        (-45, subscribed("past_due"), CancelNow),
        (-45, flagged("past_due"), CancelNow),
        (-15, subscribed("active"), CancelNow),
        (-15, flagged("active"), CancelNow),
        (-15, subscribed("canceled"), NothingToDo),
        (-45, processing(), CancelAtPeriodEnd),
        (-15, processing(), CancelNow),
    ] {
        let status = subscription.display_status().to_owned();
        let lost = with_dispute("lost", days, subscription);
        assert_eq!(lost.lost_dispute_action(), expected, "{status} {days}");
    }
}

#[test]
fn a_full_refund_of_the_current_period_closes_it() {
    let refunded = |amount: i64, status: &str, days: i64| {
        let refund = Refund::new(amount, RefundStatus::from(status));
        let refunds = [(RefundId::parse("re_1").unwrap(), refund)].into();
        let refunds = InvoiceRefunds { period: month(days), is_of_change: false, paid: 1_900, refunds };
        let refunds = [(InvoiceId::parse("in_1").unwrap(), refunds)].into();
        Subscription { refunds, ..subscribed("active") }
    };
    check(refunded(1_900, "succeeded", -15), "subscription refunded");
    check(refunded(1_900, "pending", -15), "subscription refunded");
    check(refunded(1_899, "succeeded", -15), "subscribed");
    check(refunded(1_900, "failed", -15), "subscribed");
    check(refunded(1_900, "succeeded", -45), "subscribed");
    let over = Subscription { status: SubscriptionStatus::Canceled, ..refunded(1_900, "succeeded", -15) };
    check(over, "ended");
    let lenient = SubscriptionPolicy { refund_closes_period: false, ..SubscriptionPolicy::default() };
    assert_eq!(decide_with(&lenient, &[Fact::Subscription(refunded(1_900, "succeeded", -15))]), "subscribed");
}
