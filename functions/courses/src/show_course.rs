//! `GET /courses/{id}`: a course with its modules, each locked or open to the caller.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::domain::{Category, CourseId, Module, Step};
use shared::http::{AccessResponse, Caller, PathParameter, Problem};
use shared::metrics;

use crate::course_access::{course_access, find_course, load_catalog_and_facts};

/// A course with its modules.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CourseResponse {
    id: CourseId,
    title: String,
    /// One or two sentences.
    summary: String,
    category: Category,
    access: AccessResponse,
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
    /// Closed to the caller.
    locked: bool,
    /// In the order of learning.
    steps: Vec<Step>,
}

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    PathParameter(id): PathParameter,
) -> Result<Json<CourseResponse>, Problem> {
    let (catalog, facts) = load_catalog_and_facts(&state.store, &caller.user).await?;
    let course = find_course(&catalog, &id)?;
    let access = course_access(&state, &catalog, &facts, course);
    metrics::access_checked(&access);
    let is_open = access.is_allowed();
    let modules = course.modules.iter().cloned().map(|module| {
        let Module { id, title, preview, steps } = module;
        ModuleResponse { id, title, preview, locked: !(is_open || preview), steps }
    });
    Ok(Json(CourseResponse {
        id: course.id.clone(),
        title: course.title.clone(),
        summary: course.summary.clone(),
        category: course.category,
        access: access.into(),
        modules: modules.collect(),
    }))
}
