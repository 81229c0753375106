//! Tests of limits and of the windows that they count in.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::{FamilyId, Grant, GrantId, GrantScope, Plan, Product, ProductId, Tier};

const PERIODS: [UsagePeriod; 3] = [UsagePeriod::Day, UsagePeriod::Week, UsagePeriod::Month];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_window_is_a_day_an_iso_week_or_a_calendar_month_in_utc() {
    let cases = [
        (UsagePeriod::Day, "2026-11-21T12:30:00Z", "2026-11-21", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
        (UsagePeriod::Day, "2026-12-31T23:59:59.999Z", "2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
        (UsagePeriod::Day, "2027-01-01T00:00:00Z", "2027-01-01", "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"),
        (UsagePeriod::Week, "2026-11-21T12:30:00Z", "2026-W47", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
        (UsagePeriod::Week, "2026-11-22T23:59:59Z", "2026-W47", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
        (UsagePeriod::Week, "2026-11-23T00:00:00Z", "2026-W48", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"),
        // The last days of one year and the first of the next are one week: 2026 has 53, by its Thursday.
        (UsagePeriod::Week, "2026-12-31T00:00:00Z", "2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"),
        (UsagePeriod::Week, "2027-01-01T00:00:00Z", "2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"),
        (UsagePeriod::Week, "2027-01-04T00:00:00Z", "2027-W01", "2027-01-04T00:00:00Z", "2027-01-11T00:00:00Z"),
        (UsagePeriod::Week, "2024-12-30T09:00:00Z", "2025-W01", "2024-12-30T00:00:00Z", "2025-01-06T00:00:00Z"),
        (UsagePeriod::Month, "2026-11-21T12:30:00Z", "2026-11", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        (UsagePeriod::Month, "2026-12-31T23:59:59Z", "2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        (UsagePeriod::Month, "2028-02-29T00:00:00Z", "2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
    ];
    for (period, now, key, starts, ends) in cases {
        let expected = UsageWindow { key: key.to_owned(), starts: at(starts), ends: at(ends) };
        assert_eq!(period.window(at(now)), expected, "{period:?} {now}");
    }
}

#[test]
fn the_ends_of_the_calendar_are_no_panic() {
    for period in PERIODS {
        for now in [Timestamp::MIN, Timestamp::MAX] {
            let UsageWindow { starts, ends, .. } = period.window(now);
            assert!(starts <= now && now <= ends, "{period:?} {now}");
        }
    }
}

proptest! {
    /// From 1902 to 2106, to the nanosecond.
    #[test]
    fn windows_hold_their_moments_and_follow_each_other(
        second in -2_145_916_800_i64..4_291_747_200,
        nanosecond in 0..1_000_000_000,
        period in prop::sample::select(&PERIODS[..]),
    ) {
        let now = Timestamp::new(second, nanosecond).unwrap();
        let window = period.window(now);
        prop_assert!(window.starts <= now && now < window.ends);
        prop_assert_eq!(&period.window(window.starts), &window, "every moment of it names it");
        let last = window.ends.checked_sub(SignedDuration::from_nanos(1)).unwrap();
        prop_assert_eq!(&period.window(last), &window);
        let next = period.window(window.ends);
        prop_assert_eq!(next.starts, window.ends, "without a gap");
        prop_assert_ne!(&next.key, &window.key);
        let days = window.ends.duration_since(window.starts).as_hours() / 24;
        let fits = match period {
            UsagePeriod::Day => days == 1,
            UsagePeriod::Week => days == 7,
            UsagePeriod::Month => (28..=31).contains(&days),
        };
        prop_assert!(fits, "{} days", days);
    }
}

fn product(slug: &str) -> ProductId {
    ProductId::parse(slug).unwrap()
}

fn plan(slug: &str, tier: Tier, retired: bool, limits: &[(&str, Option<u64>, UsagePeriod)]) -> Product {
    let limit = |(meter, at_most, per): &(&str, _, _)| {
        (MeterId::parse(*meter).unwrap(), UsageLimit { at_most: *at_most, per: *per })
    };
    let (family, limits) = (FamilyId::parse("membership").unwrap(), limits.iter().map(limit).collect());
    Product {
        id: product(slug),
        name: String::new(),
        description: String::new(),
        courses: Vec::new(),
        plan: Some(Plan { family, tier, trial_days: 0, limits }),
        prices: Vec::new(),
        retired,
    }
}

fn catalog() -> Catalog {
    let (day, week) = (UsagePeriod::Day, UsagePeriod::Week);
    let plans = vec![
        plan("free", Tier::Free, false, &[("minutes", Some(30), day), ("scenarios", Some(5), week)]),
        plan("premium", Tier::Paid, false, &[("minutes", Some(300), day), ("exports", Some(1), day)]),
        plan("plus", Tier::Paid, false, &[("minutes", None, day)]),
        plan("school", Tier::Contact, false, &[("scenarios", Some(2), week)]),
        plan("gone", Tier::Paid, true, &[("minutes", Some(400), day), ("letters", Some(9), week)]),
        plan("once-free", Tier::Free, true, &[("minutes", None, day)]),
    ];
    Catalog::new(Vec::new(), plans)
}

fn granted(scope: GrantScope, until: Option<&str>) -> Fact {
    let (by, reason) = ("admin".to_owned(), "a gift".to_owned());
    let (id, since) = (GrantId::parse("g").unwrap(), at("2026-01-01T00:00:00Z"));
    Fact::Grant(Grant { id, scope, granted_by: by, reason, since, until: until.map(at) })
}

/// Every meter's limit; -1 is none.
fn limits_of(facts: &[Fact]) -> BTreeMap<String, i64> {
    let limits = usage_limits(at("2026-11-21T12:00:00Z"), &SubscriptionPolicy::default(), &catalog(), facts);
    let shown = |at_most: Option<u64>| at_most.map_or(-1, |number| i64::try_from(number).unwrap());
    limits.into_iter().map(|(meter, limit)| (meter.to_string(), shown(limit.at_most))).collect()
}

#[test]
fn everybody_has_the_free_plan_and_the_most_of_what_else_they_have() {
    let has = |plans: &[&str]| -> Vec<Fact> {
        plans.iter().map(|slug| granted(GrantScope::Product(product(slug)), None)).collect()
    };
    let check = |facts: &[Fact], expected: &[(&str, i64)]| {
        let expected = expected.iter().map(|(meter, limit)| ((*meter).to_owned(), *limit)).collect();
        assert_eq!(limits_of(facts), expected);
    };
    check(&[], &[("minutes", 30), ("scenarios", 5), ("exports", 0)]);
    check(&has(&["premium"]), &[("minutes", 300), ("scenarios", 5), ("exports", 1)]);
    check(&has(&["plus", "premium"]), &[("minutes", -1), ("scenarios", 5), ("exports", 1)]);
    check(&has(&["school"]), &[("minutes", 30), ("scenarios", 5), ("exports", 0)]);
    check(&has(&["gone"]), &[("minutes", 400), ("scenarios", 5), ("exports", 0), ("letters", 9)]);
    check(&has(&["no-plan"]), &[("minutes", 30), ("scenarios", 5), ("exports", 0)]);
    let over = granted(GrantScope::Product(product("plus")), Some("2026-11-21T12:00:00Z"));
    check(&[over], &[("minutes", 30), ("scenarios", 5), ("exports", 0)]);
    let everything = granted(GrantScope::Everything, None);
    check(&[everything], &[("minutes", -1), ("scenarios", 5), ("exports", 1), ("letters", 9)]);
}

#[test]
fn a_reading_allows_up_to_its_limit_and_never_overflows() {
    let usage = |used, at_most| {
        let limit = UsageLimit { at_most, per: UsagePeriod::Day };
        MeterUsage { used, limit, resets_at: at("2026-11-22T00:00:00Z") }
    };
    assert!(usage(0, Some(1)).allows(1) && !usage(0, Some(1)).allows(2));
    assert!(usage(1, Some(1)).allows(0) && !usage(1, Some(1)).allows(1));
    assert!(!usage(5, Some(1)).allows(0), "a smaller plan than before");
    assert!(usage(u64::MAX, None).allows(u64::MAX) && !usage(u64::MAX, Some(9)).allows(u64::MAX));
    assert_eq!(usage(u64::MAX, None).with_consumed(1).used, u64::MAX);
}
