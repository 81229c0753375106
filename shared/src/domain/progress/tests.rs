//! Tests of percent and completion.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::{Category, Module, Step, Unlock};

fn at(second: i64) -> Timestamp {
    Timestamp::new(second, 0).unwrap()
}

/// A course with these steps, in modules of two.
fn course(steps: &[&str]) -> Course {
    let step = |id: &&str| Step { id: (*id).to_owned(), title: String::new() };
    let modules = steps.chunks(2).enumerate().map(|(number, steps)| Module {
        id: number.to_string(),
        title: String::new(),
        preview: false,
        opens_after_days: None,
        steps: steps.iter().map(step).collect(),
    });
    Course {
        id: CourseId::parse("course").unwrap(),
        title: String::new(),
        summary: String::new(),
        category: Category::Curriculum,
        unlock: Unlock::All,
        starts_at: None,
        certificate: false,
        modules: modules.collect(),
    }
}

fn progress(done: &[&str]) -> Progress {
    let steps = (1..).zip(done).map(|(second, step)| ((*step).to_owned(), at(second)));
    Progress { steps: steps.collect(), ..Progress::new(CourseId::parse("course").unwrap(), at(0)) }
}

#[test]
fn percent_counts_steps_that_still_exist_and_is_rounded_down() {
    for (steps, done, percent, completed) in [
        (&["a", "b", "c"][..], &[][..], 0, None),
        (&["a", "b", "c"], &["a"], 33, None),
        (&["a", "b", "c"], &["b", "a"], 66, None),
        (&["a", "b", "c"], &["c", "b", "a"], 100, Some(3)),
        // It lost x.
        (&["a", "b"], &["a", "x"], 50, None),
        (&["a", "b"], &["b", "a", "x"], 100, Some(2)),
        (&["a"], &["x"], 0, None),
        (&[], &[], 0, None),
        (&[], &["x"], 0, None),
    ] {
        let (course, progress) = (course(steps), progress(done));
        assert_eq!(progress.percent(&course), percent, "{steps:?} {done:?}");
        assert_eq!(progress.completion(&course), completed.map(at), "{steps:?} {done:?}");
    }
}

#[test]
fn a_course_that_grows_and_a_step_that_is_undone_leave_it_completed() {
    let small = course(&["a", "b"]);
    let done = progress(&["a"]).with_completed(&small, "b", at(5)).unwrap();
    assert_eq!((done.completed_at, done.last_activity_at), (Some(at(5)), at(5)));
    let grown = course(&["a", "b", "c"]);
    assert_eq!((done.percent(&grown), done.completion(&grown)), (66, Some(at(5))));
    let undone = done.with_undone(&small, "a", at(7)).unwrap();
    assert_eq!((undone.percent(&small), undone.completed_at, undone.last_activity_at), (50, Some(at(5)), at(7)));
    let again = undone.with_completed(&small, "a", at(9)).unwrap();
    assert_eq!((again.percent(&small), again.completed_at), (100, Some(at(5))));
}

#[test]
fn a_repetition_changes_nothing_unless_the_course_has_become_complete() {
    let progress = progress(&["a", "b"]);
    assert_eq!(progress.with_completed(&course(&["a", "b", "c"]), "a", at(9)), None);
    assert_eq!(progress.with_undone(&course(&["a", "b", "c"]), "c", at(9)), None);
    let completed = progress.with_completed(&course(&["a", "b"]), "a", at(9)).unwrap();
    assert_eq!((completed.completed_at, completed.last_activity_at), (Some(at(2)), progress.last_activity_at));
}

proptest! {
    #[test]
    fn undoing_never_lowers_how_many_steps_were_ever_completed(
        total in 1_usize..20, changes in prop::collection::vec((any::<bool>(), 0_usize..25), 0..80),
    ) {
        let ids: Vec<String> = (0..total).map(|number| number.to_string()).collect();
        let course = course(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let (mut progress, mut seen) = (progress(&[]), std::collections::BTreeSet::new());
        for (second, (completes, number)) in (1..).zip(changes) {
            let (step, before) = (number.to_string(), progress.steps_ever_completed(&course));
            let next = if completes {
                seen.extend((number < total).then_some(number));
                progress.with_completed(&course, &step, at(second))
            } else {
                progress.with_undone(&course, &step, at(second))
            };
            progress = next.unwrap_or(progress);
            prop_assert!(before <= progress.steps_ever_completed(&course));
            prop_assert_eq!(progress.steps_ever_completed(&course), seen.len());
            prop_assert!(progress.undone_steps.iter().all(|step| !progress.has_completed(step)));
        }
    }

    #[test]
    fn a_hundred_percent_is_all_steps_and_percent_never_falls_by_completing(
        total in 1_usize..250, done in prop::collection::vec(0_usize..300, 0..300),
    ) {
        let ids: Vec<String> = (0..total).map(|number| number.to_string()).collect();
        let course = course(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let mut progress = progress(&[]);
        for (second, number) in (1..).zip(done) {
            let before = progress.percent(&course);
            let step = number.to_string();
            if let Some(next) = progress.with_completed(&course, &step, at(second)) {
                prop_assert_eq!(next.with_undone(&course, &step, at(second)).unwrap().steps, progress.steps);
                progress = next;
            }
            let all_done = ids.iter().all(|id| progress.has_completed(id));
            prop_assert!(before <= progress.percent(&course));
            prop_assert_eq!(progress.percent(&course) == 100, all_done);
            prop_assert_eq!(progress.completed_at.is_some(), all_done);
        }
    }
}
