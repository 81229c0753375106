//! `GET /courses/{id}`: a course with its modules, each locked or open to the caller.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::domain::{Category, CourseId, Module, Step};
use shared::http::{AccessResponse, Caller, PathParameter, Problem};
use shared::metrics;

use crate::course_access::{course_access, find_course, load_catalog_and_facts};

#[derive(Serialize)]
pub(crate) struct CourseResponse {
    id: CourseId,
    title: String,
    summary: String,
    category: Category,
    access: AccessResponse,
    modules: Vec<ModuleResponse>,
}

#[derive(Serialize)]
struct ModuleResponse {
    id: String,
    title: String,
    preview: bool,
    locked: bool,
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
