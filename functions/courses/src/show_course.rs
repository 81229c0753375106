//! `GET /courses/{id}`: a course with its modules, each locked or open to the caller, and with what the caller has done.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{Category, CourseId, LearnerCourse, LockReason, Module, ModuleLock, Unlock};
use shared::http::{AccessResponse, Caller, PathParameter, Problem};
use shared::metrics;

use crate::course_access::{LoadedCourse, find_course, learner_course, load_course};
use crate::enrollment_response::EnrollmentResponse;

/// A course with its modules.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CourseResponse {
    id: CourseId,
    title: String,
    /// One or two sentences.
    summary: String,
    category: Category,
    /// In which order its modules open.
    unlock: Unlock,
    /// When a cohort begins: before, it opens to nobody. `null` is a course that is always open.
    starts_at: Option<Timestamp>,
    /// Whether who completes it may have a certificate.
    certificate: bool,
    access: AccessResponse,
    enrollment: EnrollmentResponse,
    /// In the order of learning.
    modules: Vec<ModuleResponse>,
}

/// A chapter of a course, as the caller finds it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct ModuleResponse {
    /// Unique in its course.
    id: String,
    title: String,
    /// Open to every signed-in user, bought or not.
    preview: bool,
    /// It opens so many days after the caller enrolled, or after the course started if that is later.
    opens_after_days: Option<u16>,
    /// Closed to the caller.
    locked: bool,
    /// Why it is locked; `null` when it is open.
    reason: Option<LockReason>,
    /// It does not open before. `null` when it is open, or no time is known.
    opens_at: Option<Timestamp>,
    /// In the order of learning.
    steps: Vec<StepResponse>,
}

/// A step, as the caller left it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct StepResponse {
    /// Unique in its course.
    id: String,
    title: String,
    /// When the caller completed it; `null` when it is not completed.
    completed_at: Option<Timestamp>,
}

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    PathParameter(id): PathParameter,
) -> Result<Json<CourseResponse>, Problem> {
    let LoadedCourse { catalog, facts, progress } = load_course(&state.store, &caller.user, &id).await?;
    let course = find_course(&catalog, &id)?;
    let progress = progress.as_ref().map(|progress| &progress.value);
    let learner_course = learner_course(&state, &catalog, &facts, progress, course);
    let access = learner_course.access();
    metrics::access_checked(&access);
    let enrollment = learner_course.enrollment();
    let locks = learner_course.module_locks(&enrollment);
    let enrollment = EnrollmentResponse::new(&learner_course, enrollment, &locks);
    let modules = course.modules.iter().zip(locks);
    Ok(Json(CourseResponse {
        id: course.id.clone(),
        title: course.title.clone(),
        summary: course.summary.clone(),
        category: course.category,
        unlock: course.unlock,
        starts_at: course.starts_at,
        certificate: course.certificate,
        access: access.into(),
        enrollment,
        modules: modules.map(|(module, lock)| module_response(&learner_course, module, lock)).collect(),
    }))
}

fn module_response(learner_course: &LearnerCourse<'_>, module: &Module, lock: Option<ModuleLock>) -> ModuleResponse {
    let steps = module.steps.iter().map(|step| StepResponse {
        id: step.id.clone(),
        title: step.title.clone(),
        completed_at: learner_course.progress.and_then(|progress| progress.steps.get(&step.id).copied()),
    });
    ModuleResponse {
        id: module.id.clone(),
        title: module.title.clone(),
        preview: module.preview,
        opens_after_days: module.opens_after_days,
        locked: lock.is_some(),
        reason: lock.as_ref().map(|lock| lock.reason),
        opens_at: lock.and_then(|lock| lock.opens_at),
        steps: steps.collect(),
    }
}
