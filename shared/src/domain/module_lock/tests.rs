//! Shows which modules are open: by access, start, days since enrolment, and what is done of the modules before.

use proptest::prelude::*;

use super::*;
use crate::domain::enrollment::tests::{DAY, NOW, at, bought, catalog, course, progress};
use crate::domain::{Category, Course, Fact, Payment, SubscriptionPolicy};

/// What a course says about when it opens.
#[derive(Debug, Clone, Copy, Default)]
struct Rules {
    sequential: bool,
    /// When it starts, in days from now.
    starts_in: Option<i64>,
    /// After how many days the modules `b` and `c` open.
    days: (u16, u16),
}

fn course_with(rules: Rules) -> Course {
    let mut course = course(Category::Track);
    course.unlock = if rules.sequential { Unlock::Sequential } else { Unlock::All };
    course.starts_at = rules.starts_in.map(|days| at(NOW + days * DAY));
    course.modules[1].opens_after_days = Some(rules.days.0);
    course.modules[2].opens_after_days = Some(rules.days.1);
    course
}

/// The locks for somebody who bought the course 60 days ago, or did not, and has done these steps.
fn locks(rules: Rules, is_bought: bool, done: &[&str]) -> Vec<Option<ModuleLock>> {
    let course = course_with(rules);
    let progress = progress(&course, NOW - 40 * DAY, done);
    let facts: &[Fact] = if is_bought { &[Fact::Purchase(bought(Payment::Paid))] } else { &[] };
    let (catalog, policy) = (catalog(&course), SubscriptionPolicy::default());
    let progress = progress.as_ref();
    let of = LearnerCourse { now: at(NOW), policy: &policy, facts, progress, catalog: &catalog, course: &course };
    of.module_locks(&of.enrollment())
}

/// The locks in short: `open`, or the reason with the days until it opens.
fn shown(rules: Rules, is_bought: bool, done: &[&str]) -> Vec<String> {
    let show = |lock: &Option<ModuleLock>| match lock {
        None => "open".to_owned(),
        Some(ModuleLock { reason, opens_at, .. }) => {
            let days = opens_at.map(|time| format!(" {}", (time.as_second() - NOW) / DAY)).unwrap_or_default();
            format!("{}{days}", reason.as_str())
        }
    };
    locks(rules, is_bought, done).iter().map(show).collect()
}

#[test]
fn a_module_is_open_or_says_why_not() {
    let all = Rules::default();
    let sequential = Rules { sequential: true, ..all };
    let cohort = Rules { starts_in: Some(3), ..all };
    let drip = Rules { days: (60, 61), ..all };
    for (name, rules, is_bought, done, expected) in [
        ("not bought", all, false, &[][..], ["open", "no_access", "no_access"]),
        ("not bought, not started", cohort, false, &[], ["open", "no_access", "no_access"]),
        ("bought", all, true, &[], ["open", "open", "open"]),
        ("not started", cohort, true, &[], ["open", "not_started 3", "not_started 3"]),
        ("starts now", Rules { starts_in: Some(0), ..all }, true, &[], ["open", "open", "open"]),
        ("first of all", sequential, true, &[], ["open", "previous_modules", "previous_modules"]),
        ("half of the first", sequential, true, &["a2"], ["open", "previous_modules", "previous_modules"]),
        ("first done", sequential, true, &["a1", "a2"], ["open", "open", "previous_modules"]),
        ("second done, first not", sequential, true, &["b1", "b2"], ["open", "open", "previous_modules"]),
        ("two done", sequential, true, &["a1", "a2", "b1", "b2"], ["open", "open", "open"]),
        (
            "the preview of the first counts for nobody else",
            sequential,
            false,
            &["a1", "a2"],
            ["open", "no_access", "no_access"],
        ),
        // Bought 60 days ago.
        ("drip", drip, true, &[], ["open", "open", "opens_later 1"]),
        (
            "drip of a cohort counts from its start",
            Rules { starts_in: Some(-10), days: (10, 12), ..all },
            true,
            &[],
            ["open", "open", "opens_later 2"],
        ),
        (
            "drip and sequential",
            Rules { sequential: true, days: (0, 62), ..all },
            true,
            &["a1"],
            ["open", "previous_modules", "previous_modules 2"],
        ),
        (
            "begun before the days were set",
            Rules { days: (90, 90), ..all },
            true,
            &["b1"],
            ["open", "open", "opens_later 30"],
        ),
        (
            "completed before it had an order",
            sequential,
            true,
            &["a1", "a2", "b1", "b2", "c1"],
            ["open", "open", "open"],
        ),
    ] {
        assert_eq!(shown(rules, is_bought, done), expected, "{name}");
    }
}

#[test]
fn a_lock_names_the_steps_that_are_missing() {
    let found = locks(Rules { sequential: true, ..Rules::default() }, true, &["a1"]);
    assert_eq!(found[1].as_ref().unwrap().missing_steps, ["a2"]);
    assert_eq!(found[2].as_ref().unwrap().missing_steps, ["a2", "b1", "b2"]);
}

#[test]
fn the_days_of_a_free_course_are_counted_from_its_first_step() {
    let mut course = course(Category::Free);
    course.modules[1].opens_after_days = Some(41);
    let (catalog, policy) = (catalog(&course), SubscriptionPolicy::default());
    for (done, expected) in [(&[][..], None), (&["a1"], Some(at(NOW + DAY)))] {
        let progress = progress(&course, NOW - 40 * DAY, done);
        let progress = progress.as_ref();
        let of =
            LearnerCourse { now: at(NOW), policy: &policy, facts: &[], progress, catalog: &catalog, course: &course };
        let locks = of.module_locks(&of.enrollment());
        let lock = locks[1].as_ref().unwrap();
        assert_eq!((lock.reason, lock.opens_at), (LockReason::OpensLater, expected), "{done:?}");
    }
}

fn any_rules() -> impl Strategy<Value = Rules> {
    (any::<bool>(), prop::option::of(-90_i64..90), (0_u16..120, 0_u16..120))
        .prop_map(|(sequential, starts_in, days)| Rules { sequential, starts_in, days })
}

const ALL: &[&str] = &["a1", "a2", "b1", "b2", "c1"];

proptest! {
    #[test]
    fn locks_only_ever_open_by_learning(rules in any_rules(), done in prop::sample::subsequence(ALL, 0..=5), next in 0_usize..5) {
        let before = locks(rules, true, &done);
        let mut more = done.clone();
        more.extend(Some(ALL[next]).filter(|step| !done.contains(step)));
        for (before, after) in before.iter().zip(locks(rules, true, &more)) {
            prop_assert!(before.is_some() || after.is_none(), "a step that is completed locks nothing");
        }
        prop_assert_eq!(&before[0], &None, "a preview is always open");
        for lock in before.into_iter().flatten() {
            prop_assert_eq!(lock.reason == LockReason::PreviousModules, !lock.missing_steps.is_empty());
            prop_assert!(lock.opens_at.is_none_or(|opens_at| opens_at > at(NOW)));
            prop_assert!(lock.opens_at.is_some() || lock.reason == LockReason::PreviousModules);
        }
        for lock in locks(rules, false, &done).into_iter().skip(1) {
            prop_assert_eq!(lock.unwrap().reason, LockReason::NoAccess);
        }
    }

    #[test]
    fn the_next_step_is_open_and_not_done(rules in any_rules(), done in prop::sample::subsequence(ALL, 0..=5)) {
        let course = course_with(rules);
        let progress = progress(&course, NOW - 40 * DAY, &done);
        let facts = [Fact::Purchase(bought(Payment::Paid))];
        let (catalog, policy) = (catalog(&course), SubscriptionPolicy::default());
        let progress = progress.as_ref();
        let of = LearnerCourse { now: at(NOW), policy: &policy, facts: &facts, progress, catalog: &catalog, course: &course };
        let locks = of.module_locks(&of.enrollment());
        let open = |step: &str| course.modules.iter().zip(&locks).any(|(module, lock)| lock.is_none() && module.steps.iter().any(|other| other.id == step));
        let expected = ALL.iter().find(|step| open(step) && !done.contains(step));
        prop_assert_eq!(of.next_step(&locks).map(|(_, step)| step.id.as_str()), expected.copied());
    }
}
