//! A step is completed or undone: one read of facts, one of progress, one write.

use shared::domain::{LearnerCourse, LockReason, ModuleLock, Progress};
use shared::http::{Caller, Problem};
use shared::store::{ProgressChange, ProgressOutcome, Retries, StoreError};

use crate::course_access::{LoadedCourse, find_course, learner_course, load_course};
use crate::enrollment_response::CourseEnrollmentResponse;
use crate::state::State;

/// What happens to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepChange {
    Complete,
    Undo,
}

/// Changes a step, and answers how the caller stands to the course then. What is so already is not written again. Who loses against
/// another request reads the progress again, so that both are kept.
pub(crate) async fn change_step(
    state: &State,
    caller: &Caller,
    course_id: &str,
    step: &str,
    change: StepChange,
) -> Result<CourseEnrollmentResponse, Problem> {
    let LoadedCourse { catalog, facts, mut progress } = load_course(&state.store, &caller.user, course_id).await?;
    let course = find_course(&catalog, course_id)?;
    let mut retries = Retries::new();
    loop {
        let known = progress.as_ref().map(|progress| &progress.value);
        let before = learner_course(state, &catalog, &facts, known, course);
        require_open_step(&before, step)?;
        let fresh = Progress::new(course.id.clone(), before.now);
        let current = known.unwrap_or(&fresh);
        let changed = match change {
            StepChange::Complete => current.with_completed(course, step, before.now),
            StepChange::Undo => current.with_undone(course, step, before.now),
        };
        let Some(next) = changed else { return Ok((&before).into()) };
        let user = &caller.user;
        let change = ProgressChange { user, expected: progress.as_ref(), next: &next, certificate: None };
        match state.store.write_progress(&change).await? {
            ProgressOutcome::Written => return Ok((&LearnerCourse { progress: Some(&next), ..before }).into()),
            ProgressOutcome::VersionConflict => retries.wait().await.map_err(StoreError::from)?,
        }
        progress = state.store.progress(user, &course.id).await?;
    }
}

/// Refuses a step that is not this course's, or whose module is locked.
fn require_open_step(learner_course: &LearnerCourse<'_>, step: &str) -> Result<(), Problem> {
    let (module, _) =
        learner_course.course.step(step).ok_or_else(|| Problem::not_found("The course has no such step."))?;
    let locks = learner_course.module_locks(&learner_course.enrollment());
    let mut by_module = learner_course.course.modules.iter().zip(locks);
    match by_module.find(|(other, _)| other.id == module.id) {
        Some((_, Some(lock))) => Err(locked(learner_course, lock)),
        _ => Ok(()),
    }
}

fn locked(learner_course: &LearnerCourse<'_>, lock: ModuleLock) -> Problem {
    let ModuleLock { reason, opens_at, missing_steps } = lock;
    let detail = match reason {
        LockReason::NoAccess | LockReason::NotStarted => return Problem::no_access(learner_course.access()),
        LockReason::PreviousModules => "Complete the steps of the modules before this one first.",
        LockReason::OpensLater => "This module opens later.",
    };
    Problem::conflict("module_locked", detail)
        .with_member("reason", reason.as_str())
        .with_member("opens_at", opens_at.map(|time| time.to_string()))
        .with_member("missing_steps", missing_steps)
}
