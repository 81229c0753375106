//! Shows that access is given when any of the facts gives it: no fact hides what another one opens.

use proptest::prelude::*;

use super::subscription_tests::subscribed;
use super::tests::{NOW, at, bought, granted, product};
use super::*;
use crate::domain::{
    DisputeStatus, GrantScope, InvoiceDispute, Payment, PeriodPayment, Refund, RefundId, RefundStatus,
};

const DAY: i64 = 86_400;

fn facts() -> impl Strategy<Value = Fact> {
    let slug = || prop::sample::select(vec!["a", "b"]);
    let days = || -40..40i64;
    let payment = prop::sample::select(vec![Payment::Paid, Payment::Pending, Payment::Failed]);
    let dispute = || prop::option::of(prop::sample::select(vec!["won", "lost", "under_review", "warning_closed"]));
    let disputes = |status: Option<&str>| {
        status.map(|status| (DisputeId::parse("dp_1").unwrap(), DisputeStatus::from(status))).into_iter().collect()
    };
    let invoice_disputes = |status: Option<&str>| {
        let dispute = |status| InvoiceDispute { status: DisputeStatus::from(status), period: None, invoice: None };
        status.map(|status| (DisputeId::parse("dp_1").unwrap(), dispute(status))).into_iter().collect()
    };
    let purchase = (slug(), payment, prop::option::of(500..1_500i64), dispute());
    let purchase = purchase.prop_map(move |(slug, payment, refunded, dispute)| {
        let refund = |amount| (RefundId::parse("re_1").unwrap(), Refund::new(amount, RefundStatus::Succeeded));
        let refunds = refunded.map(refund).into_iter().collect();
        Fact::Purchase(Purchase { refunds, disputes: disputes(dispute), ..bought(slug, payment) })
    });
    let statuses = vec!["active", "trialing", "past_due", "unpaid", "incomplete", "paused", "canceled", "of_2031"];
    let subscription =
        (prop::option::of(slug()), prop::sample::select(statuses), days(), prop::option::of(days()), dispute());
    let subscription = subscription.prop_map(move |(slug, status, end, cancel_at, dispute)| {
        Fact::Subscription(Subscription {
            product: slug.map(product),
            period_start: at(NOW + (end - 30) * DAY),
            period_end: at(NOW + end * DAY),
            period_payment: if end % 2 == 0 { PeriodPayment::Paid } else { PeriodPayment::RenewalPending },
            cancel_at: cancel_at.map(|days| at(NOW + days * DAY)),
            disputes: invoice_disputes(dispute),
            ..subscribed(status)
        })
    });
    let grant = (prop::option::of(slug()), prop::option::of(days())).prop_map(|(slug, until)| {
        let scope = slug.map_or(GrantScope::Everything, |slug| GrantScope::Product(product(slug)));
        granted(scope, until.map(|days| NOW + days * DAY))
    });
    prop_oneof![purchase, subscription, grant]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_facts_open_exactly_what_one_of_them_opens(facts in prop::collection::vec(facts(), 0..6)) {
        let policy = SubscriptionPolicy::default();
        let products_by_course = [product("a")];
        let decide = |facts: &[Fact]| decide_access(at(NOW), &policy, facts, AccessTarget::AnyOf(&products_by_course));
        let each: Vec<Access> = facts.iter().map(|fact| decide(std::slice::from_ref(fact))).collect();
        let all = decide(&facts);
        prop_assert_eq!(all.is_allowed(), each.iter().any(Access::is_allowed));
        // The reason is that of one of them, and the order of the facts does not matter.
        prop_assert!(facts.is_empty() || each.contains(&all));
        let reversed: Vec<Fact> = facts.into_iter().rev().collect();
        prop_assert_eq!(decide(&reversed).is_allowed(), all.is_allowed());
    }
}
