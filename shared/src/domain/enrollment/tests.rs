//! Shows how a learner stands to a course by every kind of fact, and when a completion does not count any more.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    BillingPeriod, Catalog, Category, Course, CourseId, Currency, DisputeId, DisputeStatus, Grant, GrantId, GrantScope,
    Interval, InvoiceDispute, InvoiceId, InvoiceRefunds, Module, Money, Product, ProductId, Progress, Purchase,
    PurchaseId, Refund, RefundId, RefundStatus, Step, SubscriptionId, Unlock,
};

pub(in crate::domain) const DAY: i64 = 86_400;
pub(in crate::domain) const NOW: i64 = 1_790_000_000;

pub(in crate::domain) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A course of three modules: `a1`, `a2` in a preview, `b1`, `b2` and `c1` behind it.
pub(in crate::domain) fn course(category: Category) -> Course {
    let module = |id: &str, preview, steps: &[&str]| Module {
        id: id.to_owned(),
        title: String::new(),
        preview,
        opens_after_days: None,
        steps: steps.iter().map(|id| Step { id: (*id).to_owned(), title: String::new() }).collect(),
    };
    Course {
        id: CourseId::parse("course").unwrap(),
        title: String::new(),
        summary: String::new(),
        category,
        unlock: Unlock::All,
        starts_at: None,
        certificate: true,
        modules: vec![module("a", true, &["a1", "a2"]), module("b", false, &["b1", "b2"]), module("c", false, &["c1"])],
    }
}

/// Of a product that opens the course.
pub(in crate::domain) fn catalog(course: &Course) -> Catalog {
    let product = Product {
        id: product(),
        name: String::new(),
        description: String::new(),
        courses: vec![course.id.clone()],
        prices: Vec::new(),
        plan: None,
        retired: false,
    };
    Catalog::new(vec![course.clone()], vec![product])
}

fn product() -> ProductId {
    ProductId::parse("product").unwrap()
}

/// Progress with these steps, one second after the other from `first` on.
pub(in crate::domain) fn progress(course: &Course, first: i64, steps: &[&str]) -> Option<Progress> {
    let mut progress = Progress::new(course.id.clone(), at(first));
    for (second, step) in (first..).zip(steps) {
        progress = progress.with_completed(course, step, at(second)).unwrap();
    }
    (!steps.is_empty()).then_some(progress)
}

const ALL: &[&str] = &["a1", "a2", "b1", "b2", "c1"];

/// Bought 60 days ago.
pub(in crate::domain) fn bought(payment: Payment) -> Purchase {
    Purchase {
        id: PurchaseId::parse("pi_1").unwrap(),
        product: product(),
        price: None,
        charged: Money::new(1_000, Currency::parse("usd").unwrap()),
        payment,
        refunds: [].into(),
        disputes: [].into(),
        referrer: None,
        additional_products: Vec::new(),
        since: at(NOW - 60 * DAY),
        paid_at: None,
    }
}

fn refund(amount: i64, status: &str) -> (RefundId, Refund) {
    (RefundId::parse("re_1").unwrap(), Refund::new(amount, RefundStatus::from(status)))
}

fn refunded(amount: i64, status: &str) -> Fact {
    Fact::Purchase(Purchase { refunds: [refund(amount, status)].into(), ..bought(Payment::Paid) })
}

fn disputed(status: &str) -> Fact {
    let dispute = (DisputeId::parse("dp_1").unwrap(), DisputeStatus::from(status));
    Fact::Purchase(Purchase { disputes: [dispute].into(), ..bought(Payment::Paid) })
}

/// A subscription that began 100 days ago; its current period began 10 days ago.
fn subscribed(status: &str) -> Subscription {
    Subscription {
        id: SubscriptionId::parse("sub_1").unwrap(),
        product: Some(product()),
        price: None,
        interval: Some(Interval::Month),
        status: SubscriptionStatus::from(status),
        period_start: at(NOW - 10 * DAY),
        period_end: at(NOW + 20 * DAY),
        period_payment: PeriodPayment::Paid,
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

/// In its first period, which is not paid.
fn unpaid_first_period(status: &str) -> Subscription {
    let since = at(NOW - 10 * DAY);
    Subscription { period_payment: PeriodPayment::Pending, since, ..subscribed(status) }
}

fn grant(until: Option<i64>) -> Fact {
    Fact::Grant(Grant {
        id: GrantId::parse("g").unwrap(),
        scope: GrantScope::Everything,
        granted_by: "admin".to_owned(),
        reason: "gift".to_owned(),
        since: at(NOW - 50 * DAY),
        until: until.map(at),
    })
}

fn enrollment(category: Category, facts: &[Fact], done: &[&str]) -> Enrollment {
    let course = course(category);
    // The steps were completed 40 days ago.
    let progress = progress(&course, NOW - 40 * DAY, done);
    let (catalog, policy) = (catalog(&course), SubscriptionPolicy::default());
    let progress = progress.as_ref();
    LearnerCourse { now: at(NOW), policy: &policy, facts, progress, catalog: &catalog, course: &course }.enrollment()
}

#[test]
fn every_kind_of_fact_has_its_enrolment() {
    use EnrollmentStatus::{Completed, Enrolled, NotEnrolled, Withdrawn};
    let paid = || Fact::Purchase(bought(Payment::Paid));
    let trial_used = Subscription { trial_was_used: true, ..subscribed("canceled") };
    // The status without progress, with all steps completed, and how many days ago the learner enrolled.
    for (name, facts, without, completed, days) in [
        ("nothing", vec![], NotEnrolled, Completed, None),
        ("paid", vec![paid()], Enrolled, Completed, Some(60)),
        ("pending", vec![Fact::Purchase(bought(Payment::Pending))], NotEnrolled, Completed, None),
        ("failed", vec![Fact::Purchase(bought(Payment::Failed))], NotEnrolled, Completed, None),
        ("refunded", vec![refunded(1_000, "succeeded")], Withdrawn, Withdrawn, Some(60)),
        ("partly refunded", vec![refunded(999, "succeeded")], Enrolled, Completed, Some(60)),
        ("refund failed", vec![refunded(1_000, "failed")], Enrolled, Completed, Some(60)),
        ("disputed", vec![disputed("needs_response")], Withdrawn, Withdrawn, Some(60)),
        ("lost", vec![disputed("lost")], Withdrawn, Withdrawn, Some(60)),
        ("won", vec![disputed("won")], Enrolled, Completed, Some(60)),
        ("refunded, then granted", vec![refunded(1_000, "succeeded"), grant(None)], Enrolled, Completed, Some(60)),
        ("granted", vec![grant(None)], Enrolled, Completed, Some(50)),
        ("grant over", vec![grant(Some(NOW))], Withdrawn, Completed, Some(50)),
        ("subscribed", vec![Fact::Subscription(subscribed("active"))], Enrolled, Completed, Some(100)),
        ("plan over", vec![Fact::Subscription(subscribed("canceled"))], Withdrawn, Completed, Some(100)),
        ("first payment open", vec![Fact::Subscription(subscribed("incomplete"))], NotEnrolled, Completed, None),
        (
            "first debit on its way",
            vec![Fact::Subscription(unpaid_first_period("active"))],
            NotEnrolled,
            Completed,
            None,
        ),
        ("second trial", vec![Fact::Subscription(trial_used)], NotEnrolled, Completed, None),
    ] {
        let found = enrollment(Category::Track, &facts, &[]);
        let enrolled_at = days.map(|days| at(NOW - days * DAY));
        assert_eq!((found.status, found.enrolled_at, found.completed_at), (without, enrolled_at, None), "{name}");
        let found = enrollment(Category::Track, &facts, ALL);
        assert_eq!(found.status, completed, "{name}, completed");
        // What was done behind a preview says that the learner had the course.
        let last = at(NOW - 40 * DAY + 4);
        let enrolled_at = enrolled_at.or(Some(at(NOW - 40 * DAY + 2)));
        assert_eq!((found.enrolled_at, found.completed_at), (enrolled_at, Some(last)), "{name}, completed");
    }
}

#[test]
fn steps_of_a_preview_enrol_nobody_and_other_steps_show_that_a_plan_had_the_course() {
    assert_eq!(enrollment(Category::Track, &[], &["a1"]).status, EnrollmentStatus::NotEnrolled);
    let left = enrollment(Category::Track, &[], &["a1", "b1"]);
    assert_eq!((left.status, left.enrolled_at), (EnrollmentStatus::Withdrawn, Some(at(NOW - 40 * DAY + 1))));
}

#[test]
fn a_free_course_is_enrolled_in_when_it_is_begun() {
    for (done, status) in [
        (&[][..], EnrollmentStatus::NotEnrolled),
        (&["a1"], EnrollmentStatus::Enrolled),
        (ALL, EnrollmentStatus::Completed),
    ] {
        let found = enrollment(Category::Free, &[refunded(1_000, "succeeded")], done);
        assert_eq!(found.status, status, "{done:?}");
        assert_eq!(found.enrolled_at.is_some(), !done.is_empty());
        assert!(found.because.is_allowed());
    }
}

#[test]
fn a_plans_completion_is_revoked_only_by_the_money_of_its_own_period() {
    let period = |from: i64, to: i64| BillingPeriod { start: at(NOW - from * DAY), end: at(NOW - to * DAY) };
    let (earlier, then, now) = (period(70, 40), period(40, 10), period(10, -20));
    let refunds = |period, amount, is_of_change| {
        let refunds =
            InvoiceRefunds { period, is_of_change, paid: 1_000, refunds: [refund(amount, "succeeded")].into() };
        Subscription { refunds: [(InvoiceId::parse("in_1").unwrap(), refunds)].into(), ..subscribed("canceled") }
    };
    let dispute = |period, status: &str| {
        let dispute = InvoiceDispute { status: DisputeStatus::from(status), period, invoice: None };
        Subscription { disputes: [(DisputeId::parse("dp_1").unwrap(), dispute)].into(), ..subscribed("canceled") }
    };
    for (name, subscription, counts) in [
        ("full refund", refunds(then, 1_000, false), false),
        ("partial refund", refunds(then, 999, false), true),
        ("refund of a change", refunds(then, 1_000, true), true),
        ("refund of an earlier period", refunds(earlier, 1_000, false), true),
        ("refund of a later period", refunds(now, 1_000, false), true),
        ("dispute", dispute(Some(then), "under_review"), false),
        ("dispute that was won", dispute(Some(then), "won"), true),
        ("dispute of a later period", dispute(Some(now), "lost"), true),
        ("dispute of an unknown period", dispute(None, "lost"), false),
    ] {
        let found = enrollment(Category::Track, &[Fact::Subscription(subscription)], ALL);
        let expected = if counts { EnrollmentStatus::Completed } else { EnrollmentStatus::Withdrawn };
        assert_eq!(found.status, expected, "{name}");
    }
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let statuses = vec!["active", "canceled", "incomplete", "past_due", "trialing", "paused"];
    prop_oneof![
        prop::sample::select(vec![Payment::Paid, Payment::Pending, Payment::Failed])
            .prop_map(|payment| Fact::Purchase(bought(payment))),
        (1_i64..1_100).prop_map(|amount| refunded(amount, "succeeded")),
        prop::sample::select(vec!["needs_response", "won", "lost"]).prop_map(disputed),
        prop::sample::select(statuses).prop_map(|status| Fact::Subscription(subscribed(status))),
        prop::option::of(NOW - 40 * DAY..NOW + DAY).prop_map(grant),
    ]
}

proptest! {
    #[test]
    fn enrolment_agrees_with_access(
        facts in prop::collection::vec(any_fact(), 0..4),
        done in prop::sample::subsequence(ALL, 0..=5),
    ) {
        let found = enrollment(Category::Track, &facts, &done);
        let has_course = matches!(found.status, EnrollmentStatus::Enrolled | EnrollmentStatus::Completed);
        // Who has access is enrolled, and has a moment since when.
        prop_assert!(!found.because.is_allowed() || (has_course && found.enrolled_at.is_some()));
        // Who is enrolled and has no access any more has completed it, and the money stayed.
        prop_assert!(found.because.is_allowed() || found.status != EnrollmentStatus::Enrolled);
        prop_assert_eq!(found.status == EnrollmentStatus::Withdrawn, !has_course && found.enrolled_at.is_some());
        prop_assert_eq!(found.completed_at.is_some(), done.len() == ALL.len());
        prop_assert!(found.status != EnrollmentStatus::Completed || found.completed_at.is_some());
        // Another fact never ends an enrolment, nor makes it later.
        let more = enrollment(Category::Track, &[facts, vec![grant(None)]].concat(), &done);
        prop_assert!(found.enrolled_at.is_none_or(|enrolled_at| more.enrolled_at.unwrap() <= enrolled_at));
        prop_assert!(more.status == EnrollmentStatus::Enrolled || more.status == EnrollmentStatus::Completed);
    }
}
