//! Shows what the policy refuses, cell by cell, and what it approves at once.

use std::collections::BTreeMap;

use super::super::catalog::{Category, Course, Module, Step, Unlock};
use super::super::id::{CertificateId, CourseId, FamilyId, PaymentId, RefundId};
use super::super::money::{Currency, Money};
use super::super::payment::PaymentKind;
use super::super::plan::{Plan, Tier};
use super::super::refund::{Refund, RefundStatus};
use super::super::refund_request::tests::request;
use super::super::refund_request::{RefundApproval, RefundRequestActor, RefundRequestStatus};
use super::*;
use crate::domain::Product;

const DAY: i64 = 86_400;

fn day(day: i64) -> Timestamp {
    Timestamp::new(day * DAY, 0).unwrap()
}

fn product(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}

fn payment(id: &str, status: PaymentStatus) -> LearnerPayment {
    LearnerPayment {
        id: PaymentId::parse(id).unwrap(),
        kind: PaymentKind::Purchase,
        subscription: None,
        is_renewal: false,
        products: vec![product("bundle")],
        charged: Money::new(1_000, Currency::parse("usd").unwrap()),
        status,
        created_at: day(0),
        paid_at: None,
        paid_out_of_band: false,
        refunds: BTreeMap::new(),
        dispute: None,
    }
}

const POLICY: RefundPolicy =
    RefundPolicy { window_days: 14, max_progress_percent: 30, approval: RefundApprovalMode::Automatic };

const NO_PROGRESS: PaymentProgress = PaymentProgress { percent: 0, has_certificate: false };

#[test]
fn the_status_of_a_payment_decides_first() {
    use PaymentStatus::{Disputed, Failed, Paid, PartiallyRefunded, Pending, Refunded};
    for (status, expected) in [
        (Pending, Some(RefundRefusal::NotPaid)),
        (Failed, Some(RefundRefusal::NotPaid)),
        (Refunded, Some(RefundRefusal::AlreadyRefunded)),
        (Disputed, Some(RefundRefusal::PaymentDisputed)),
        (Paid, None),
        (PartiallyRefunded, None),
    ] {
        assert_eq!(POLICY.refusal(&payment("pi_1", status), NO_PROGRESS, &[], day(1)), expected, "{status:?}");
    }
    let mut free = payment("cs_1", Paid);
    free.charged.amount = 0;
    assert_eq!(POLICY.refusal(&free, NO_PROGRESS, &[], day(1)), Some(RefundRefusal::NothingPaid));
    let in_cash = LearnerPayment { paid_out_of_band: true, ..payment("in_1", Paid) };
    assert_eq!(POLICY.refusal(&in_cash, NO_PROGRESS, &[], day(1)), Some(RefundRefusal::NothingPaid));
}

#[test]
fn the_window_and_the_progress_have_limits_that_still_belong_to_them() {
    let done = |percent| PaymentProgress { percent, has_certificate: false };
    for (policy, percent, now, expected) in [
        (POLICY, 30, day(14), None),
        (POLICY, 31, day(14), Some(RefundRefusal::TooMuchProgress)),
        (POLICY, 0, Timestamp::new(14 * DAY + 1, 0).unwrap(), Some(RefundRefusal::RefundWindowOver)),
        (POLICY, 100, day(15), Some(RefundRefusal::RefundWindowOver)),
        (RefundPolicy { window_days: 0, ..POLICY }, 0, day(5_000), None),
        (RefundPolicy { max_progress_percent: 100, ..POLICY }, 100, day(1), None),
        (RefundPolicy { max_progress_percent: 0, ..POLICY }, 0, day(1), None),
        (RefundPolicy { max_progress_percent: 0, ..POLICY }, 1, day(1), Some(RefundRefusal::TooMuchProgress)),
    ] {
        let found = policy.refusal(&payment("pi_1", PaymentStatus::Paid), done(percent), &[], now);
        assert_eq!(found, expected, "{policy:?} {percent} {now}");
    }
    assert_eq!(POLICY.window_end(&payment("pi_1", PaymentStatus::Paid)), Some(day(14)));
    assert_eq!(RefundPolicy { window_days: 0, ..POLICY }.window_end(&payment("pi_1", PaymentStatus::Paid)), None);
}

#[test]
fn the_window_begins_with_the_payment_and_not_with_its_creation() {
    let debited = LearnerPayment { paid_at: Some(day(8)), ..payment("pi_1", PaymentStatus::Paid) };
    assert_eq!(POLICY.window_end(&debited), Some(day(22)));
    assert_eq!(POLICY.refusal(&debited, NO_PROGRESS, &[], day(22)), None);
    assert_eq!(POLICY.refusal(&debited, NO_PROGRESS, &[], day(23)), Some(RefundRefusal::RefundWindowOver));
}

#[test]
fn a_certificate_ends_the_right_to_ask_whatever_the_policy_is() {
    let policy = RefundPolicy { window_days: 0, max_progress_percent: 100, ..POLICY };
    let certified = PaymentProgress { percent: 0, has_certificate: true };
    let found = policy.refusal(&payment("pi_1", PaymentStatus::Paid), certified, &[], day(1));
    assert_eq!(found, Some(RefundRefusal::CertificateIssued));
}

#[test]
fn a_live_request_of_the_same_payment_is_in_the_way() {
    for status in RefundRequestStatus::ALL {
        let of = |id| RefundRequest { payment: PaymentId::parse(id).unwrap(), status, ..request(status) };
        let found = |requests: &[RefundRequest]| {
            POLICY.refusal(&payment("pi_1", PaymentStatus::Paid), NO_PROGRESS, requests, day(1))
        };
        let expected = status.is_live().then_some(RefundRefusal::RefundRequested);
        assert_eq!(found(&[of("pi_1")]), expected, "{status:?}");
        assert_eq!(found(&[of("pi_2")]), None, "{status:?}");
    }
}

#[test]
fn a_payment_has_five_requests_and_a_live_one_is_named_first() {
    use RefundRequestStatus::{Open, Rejected, Withdrawn};
    let of = |id, status| RefundRequest { payment: PaymentId::parse(id).unwrap(), ..request(status) };
    for (requests, expected) in [
        (vec![of("pi_1", Withdrawn); 4], None),
        (vec![of("pi_1", Withdrawn); 5], Some(RefundRefusal::TooManyRefundRequests)),
        (vec![of("pi_1", Rejected); 5], Some(RefundRefusal::TooManyRefundRequests)),
        (vec![of("pi_1", Open); 5], Some(RefundRefusal::RefundRequested)),
        (vec![of("pi_2", Withdrawn); 5], None),
    ] {
        let found = POLICY.refusal(&payment("pi_1", PaymentStatus::Paid), NO_PROGRESS, &requests, day(1));
        assert_eq!(found, expected, "{requests:?}");
    }
}

fn course(id: &str, steps: &[&str]) -> Course {
    let steps = steps.iter().map(|id| Step { id: (*id).to_owned(), title: String::new() }).collect();
    let module = Module { id: "m".to_owned(), title: String::new(), preview: false, opens_after_days: None, steps };
    Course {
        id: CourseId::parse(id).unwrap(),
        title: String::new(),
        summary: String::new(),
        category: Category::Alacarte,
        unlock: Unlock::All,
        starts_at: None,
        certificate: false,
        modules: vec![module],
    }
}

fn sold(id: &str, courses: &[&str], family: Option<&str>) -> Product {
    let plan = family.map(|family| Plan {
        family: FamilyId::parse(family).unwrap(),
        tier: Tier::Paid,
        trial_days: 0,
        limits: BTreeMap::new(),
    });
    Product {
        id: product(id),
        name: String::new(),
        description: String::new(),
        courses: courses.iter().map(|id| CourseId::parse(*id).unwrap()).collect(),
        plan,
        prices: Vec::new(),
        retired: false,
    }
}

fn catalog() -> Catalog {
    let courses = vec![course("one", &["a", "b"]), course("two", &["a", "b", "c"]), course("other", &["a"])];
    let products = vec![
        sold("bundle", &["one", "two"], None),
        sold("single", &["one"], None),
        sold("plus", &["one", "two", "other"], Some("plans")),
        sold("premium", &["one", "two", "other"], Some("plans")),
    ];
    Catalog::new(courses, products)
}

fn progress(course: &str, steps: &[&str]) -> Progress {
    let steps = steps.iter().map(|step| ((*step).to_owned(), day(1))).collect();
    Progress { steps, ..Progress::new(CourseId::parse(course).unwrap(), day(1)) }
}

#[test]
fn progress_is_steps_done_over_steps_of_all_courses_that_the_payment_opened() {
    let done = |progress: &[Progress]| PaymentProgress::new(&catalog(), &[product("bundle")], progress).percent;
    assert_eq!(done(&[]), 0);
    assert_eq!(done(&[progress("one", &["a", "b"])]), 40, "not the mean of 100 and 0");
    assert_eq!(done(&[progress("one", &["a"]), progress("two", &["a", "c"])]), 60);
    assert_eq!(done(&[progress("other", &["a"])]), 0, "the bundle did not open it");
    assert_eq!(done(&[progress("one", &["a", "gone"])]), 20, "a step that is gone does not count");
    let undone = progress("one", &["a"]).with_undone(&catalog().courses()[0], "a", day(2)).unwrap();
    assert_eq!(done(&[undone]), 20, "a step that was undone counts");
    assert_eq!(PaymentProgress::new(&catalog(), &[product("unknown")], &[progress("one", &["a"])]), NO_PROGRESS);
    let certified = Progress { certificate: CertificateId::parse("cert_1").ok(), ..progress("two", &[]) };
    assert!(PaymentProgress::new(&catalog(), &[product("bundle")], &[certified]).has_certificate);
}

#[test]
fn only_the_first_refund_of_a_product_or_a_family_is_automatic_and_never_that_of_a_renewal() {
    let of =
        |id: &str, bought: &str| LearnerPayment { products: vec![product(bought)], ..payment(id, PaymentStatus::Paid) };
    let refunded = |id: &str, bought: &str| {
        let refund = Refund::new(1, RefundStatus::Succeeded);
        LearnerPayment { refunds: BTreeMap::from([(RefundId::parse("re_1").unwrap(), refund)]), ..of(id, bought) }
    };
    let approved = |bought: &str| RefundRequest {
        products: vec![product(bought)],
        approval: Some(RefundApproval {
            number: 1,
            amount: 1,
            parts: Vec::new(),
            earlier_failed: 0,
            cancels: None,
            by: RefundRequestActor::Policy,
            at: day(1),
        }),
        ..request(RefundRequestStatus::Approved)
    };
    let renewal = LearnerPayment { is_renewal: true, ..of("in_1", "plus") };
    let unknown = LearnerPayment { products: Vec::new(), ..of("in_1", "plus") };
    for (payment, others, requests, expected) in [
        (of("pi_1", "bundle"), vec![], vec![], true),
        (of("pi_1", "bundle"), vec![refunded("pi_2", "single")], vec![approved("single")], true),
        (of("pi_1", "bundle"), vec![refunded("pi_2", "bundle")], vec![], false),
        (of("pi_1", "bundle"), vec![], vec![approved("bundle")], false),
        (of("in_1", "plus"), vec![], vec![], true),
        (of("in_1", "plus"), vec![refunded("in_2", "premium")], vec![], false),
        (of("in_1", "plus"), vec![], vec![approved("premium")], false),
        (renewal, vec![], vec![], false),
        (unknown, vec![], vec![], false),
    ] {
        let found = POLICY.approves_at_once(&catalog(), &payment, &others, &requests);
        assert_eq!(found, expected, "{payment:?} {others:?}");
        let manual = RefundPolicy { approval: RefundApprovalMode::Manual, ..POLICY };
        assert!(!manual.approves_at_once(&catalog(), &payment, &others, &requests));
    }
}
