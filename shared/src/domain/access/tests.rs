//! Shows that every kind of fact gives the access that it should, one by one.

use super::*;
use crate::domain::{
    Catalog, Category, Course, CourseId, Currency, DisputeStatus, GrantScope, Money, Payment, Product, Refund,
    RefundId, RefundStatus, Unlock,
};

pub(super) const NOW: i64 = 1_790_000_000;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(super) fn product(slug: &str) -> ProductId {
    ProductId::parse(slug).unwrap()
}

pub(super) fn bought(slug: &str, payment: Payment) -> Purchase {
    Purchase {
        id: PurchaseId::parse(format!("pi_{slug}")).unwrap(),
        product: product(slug),
        price: None,
        charged: Money::new(1_000, Currency::parse("usd").unwrap()),
        payment,
        refunds: [].into(),
        disputes: [].into(),
        referrer: None,
        additional_products: Vec::new(),
        since: at(NOW - 60),
        paid_at: None,
    }
}

fn refunded(refunds: &[(i64, &str)]) -> Purchase {
    let refunds = refunds.iter().enumerate().map(|(index, (amount, status))| {
        (RefundId::parse(format!("re_{index}")).unwrap(), Refund::new(*amount, RefundStatus::from(*status)))
    });
    Purchase { refunds: refunds.collect(), ..bought("a", Payment::Paid) }
}

fn disputed(statuses: &[&str]) -> Purchase {
    let disputes = statuses
        .iter()
        .enumerate()
        .map(|(index, status)| (DisputeId::parse(format!("dp_{index}")).unwrap(), DisputeStatus::from(*status)));
    Purchase { disputes: disputes.collect(), ..bought("a", Payment::Paid) }
}

pub(super) fn granted(scope: GrantScope, until: Option<i64>) -> Fact {
    Fact::Grant(Grant {
        id: GrantId::parse("g1").unwrap(),
        scope,
        granted_by: "admin".to_owned(),
        reason: "gift".to_owned(),
        since: at(NOW - 60),
        until: until.map(at),
    })
}

/// The decision about product `a`, in one word.
pub(super) fn decide(facts: &[Fact]) -> &'static str {
    decide_with(&SubscriptionPolicy::default(), facts)
}

/// The same, under another policy.
pub(super) fn decide_with(policy: &SubscriptionPolicy, facts: &[Fact]) -> &'static str {
    match decide_access(at(NOW), policy, facts, AccessTarget::AnyOf(&[product("a")])) {
        Access::Allowed { because: AllowedReason::Purchased { .. }, until: None } => "purchased",
        Access::Allowed { because: AllowedReason::Granted { .. }, .. } => "granted",
        Access::Allowed { because: AllowedReason::Subscribed { .. }, until: Some(_) } => "subscribed",
        Access::Allowed { .. } => "open",
        Access::Denied { because } => match because {
            DeniedReason::NotPurchased => "not purchased",
            DeniedReason::NotStarted { .. } => "not started",
            DeniedReason::GrantExpired { .. } => "grant expired",
            DeniedReason::PaymentFailed { .. } => "failed",
            DeniedReason::Refunded { .. } => "refunded",
            DeniedReason::Disputed { .. } => "disputed",
            DeniedReason::PaymentPending { .. } => "pending",
            DeniedReason::SubscriptionEnded(_) => "ended",
            DeniedReason::TrialUsed(_) => "trial used",
            DeniedReason::SubscriptionPaused(_) => "paused",
            DeniedReason::SubscriptionPastDue(_) => "past due",
            DeniedReason::SubscriptionDisputed(_) => "disputed",
            DeniedReason::SubscriptionRefunded(_) => "subscription refunded",
            DeniedReason::SubscriptionIncomplete(_) => "incomplete",
            DeniedReason::SubscriptionUnknown(_) => "unknown",
            DeniedReason::SubscriptionPaymentPending(_) => "payment pending",
        },
    }
}

#[track_caller]
fn check(purchase: Purchase, expected: &str) {
    assert_eq!(decide(&[Fact::Purchase(purchase)]), expected);
}

#[test]
fn only_a_paid_purchase_opens() {
    check(bought("a", Payment::Paid), "purchased");
    check(bought("a", Payment::Pending), "pending");
    check(bought("a", Payment::Failed), "failed");
    check(bought("b", Payment::Paid), "not purchased");
    assert_eq!(decide(&[]), "not purchased");
}

#[test]
fn refunds_that_add_up_to_the_charge_close() {
    check(refunded(&[(1_000, "succeeded")]), "refunded");
    check(refunded(&[(1_000, "pending")]), "refunded");
    check(refunded(&[(1_000, "requires_action")]), "refunded");
    check(refunded(&[(1_000, "a_status_of_2031")]), "refunded");
    check(refunded(&[(999, "succeeded")]), "purchased");
    check(refunded(&[(400, "succeeded"), (600, "pending")]), "refunded");
    check(refunded(&[(400, "succeeded"), (599, "succeeded")]), "purchased");
    check(refunded(&[(i64::MAX, "succeeded"), (i64::MAX, "succeeded")]), "refunded");
}

#[test]
fn a_refund_that_failed_or_was_canceled_opens_again() {
    check(refunded(&[(1_000, "failed")]), "purchased");
    check(refunded(&[(1_000, "canceled")]), "purchased");
    check(refunded(&[(400, "succeeded"), (600, "failed")]), "purchased");
    check(refunded(&[(1_000, "failed"), (1_000, "succeeded")]), "refunded");
}

#[test]
fn what_was_free_cannot_be_refunded() {
    let free = Money::new(0, Currency::parse("usd").unwrap());
    check(Purchase { charged: free, ..bought("a", Payment::Paid) }, "purchased");
}

#[test]
fn a_chargeback_closes_until_it_is_won() {
    for status in ["needs_response", "under_review", "lost", "a_status_of_2031"] {
        check(disputed(&[status]), "disputed");
    }
    for status in ["warning_needs_response", "warning_under_review", "warning_closed", "won", "prevented"] {
        check(disputed(&[status]), "purchased");
    }
}

#[test]
fn any_of_several_disputes_closes() {
    check(disputed(&["won", "needs_response"]), "disputed");
    check(disputed(&["lost", "won"]), "disputed");
    check(disputed(&["won", "won"]), "purchased");
}

#[test]
fn refunds_and_disputes_of_an_unpaid_purchase_change_nothing() {
    check(Purchase { payment: Payment::Pending, ..disputed(&["lost"]) }, "pending");
    check(Purchase { payment: Payment::Failed, ..refunded(&[(1_000, "succeeded")]) }, "failed");
}

#[test]
fn a_grant_opens_until_its_last_second() {
    let this = || GrantScope::Product(product("a"));
    assert_eq!(decide(&[granted(this(), None)]), "granted");
    assert_eq!(decide(&[granted(this(), Some(NOW + 1))]), "granted");
    assert_eq!(decide(&[granted(this(), Some(NOW))]), "grant expired");
    assert_eq!(decide(&[granted(GrantScope::Everything, None)]), "granted");
    assert_eq!(decide(&[granted(GrantScope::Product(product("b")), None)]), "not purchased");
}

#[test]
fn access_is_the_or_over_the_facts() {
    let refunded = || Fact::Purchase(refunded(&[(1_000, "succeeded")]));
    let expired = || granted(GrantScope::Everything, Some(NOW));
    let pending = || Fact::Purchase(bought("a", Payment::Pending));
    let paid = || Fact::Purchase(bought("a", Payment::Paid));
    assert_eq!(decide(&[refunded(), paid()]), "purchased");
    assert_eq!(decide(&[paid(), refunded(), expired()]), "purchased");
    assert_eq!(decide(&[expired(), refunded()]), "refunded");
    assert_eq!(decide(&[pending(), refunded(), expired()]), "pending");
}

#[test]
fn what_lasts_longest_is_the_reason() {
    let short = granted(GrantScope::Everything, Some(NOW + 10));
    let paid = Fact::Purchase(bought("a", Payment::Paid));
    assert_eq!(decide(&[short.clone(), paid.clone()]), "purchased");
    assert_eq!(decide(&[paid, short]), "purchased");
}

#[test]
fn a_free_course_is_open_to_everybody_and_a_bundle_opens_what_it_holds() {
    let course = |slug: &str, category| Course {
        id: CourseId::parse(slug).unwrap(),
        title: String::new(),
        summary: String::new(),
        category,
        unlock: Unlock::All,
        starts_at: None,
        certificate: false,
        modules: Vec::new(),
    };
    let sold = |slug: &str, courses: &[&str]| Product {
        id: product(slug),
        name: String::new(),
        description: String::new(),
        courses: courses.iter().map(|course| CourseId::parse(*course).unwrap()).collect(),
        prices: Vec::new(),
        plan: None,
        retired: false,
    };
    let courses = vec![course("f", Category::Free), course("x", Category::Alacarte), course("y", Category::Track)];
    let catalog = Catalog::new(courses, vec![sold("x", &["x"]), sold("bundle", &["x", "y"])]);
    let open = |course: &str, facts: &[Fact]| {
        decide_access(
            at(NOW),
            &SubscriptionPolicy::default(),
            facts,
            catalog.access_target(catalog.course(course).unwrap()),
        )
        .is_allowed()
    };
    let bundle = [Fact::Purchase(bought("bundle", Payment::Paid))];
    let single = [Fact::Purchase(bought("x", Payment::Paid))];
    assert!(open("f", &[]) && !open("x", &[]) && !open("y", &[]));
    assert!(open("x", &bundle) && open("y", &bundle));
    assert!(open("x", &single) && !open("y", &single));
    assert_eq!(catalog.single_course_product(&CourseId::parse("x").unwrap()).unwrap().id, product("x"));
    assert!(catalog.single_course_product(&CourseId::parse("y").unwrap()).is_none());
}

#[test]
fn a_purchase_is_owned_until_its_money_is_back_for_good() {
    let owned = |purchase: Purchase| purchase.is_owned();
    assert!(owned(bought("a", Payment::Paid)));
    assert!(owned(disputed(&["needs_response"])));
    assert!(owned(disputed(&["under_review", "won"])));
    assert!(!owned(disputed(&["lost"])));
    assert!(!owned(refunded(&[(1_000, "succeeded")])));
    assert!(!owned(bought("a", Payment::Pending)));
}
