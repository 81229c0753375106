//! `GET /courses/{id}`: a course with its modules, each locked or open to the caller.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::domain::{Category, CourseId, Module, Step};
use shared::http::{AccessAnswer, Caller, PathId, Problem};
use shared::metrics;

#[derive(Serialize)]
pub(crate) struct ShownCourse {
    id: CourseId,
    title: String,
    summary: String,
    category: Category,
    access: AccessAnswer,
    modules: Vec<ShownModule>,
}

#[derive(Serialize)]
struct ShownModule {
    id: String,
    title: String,
    preview: bool,
    locked: bool,
    steps: Vec<Step>,
}

pub(crate) async fn handle(
    State(state): State<crate::State>,
    caller: Caller,
    PathId(id): PathId,
) -> Result<Json<ShownCourse>, Problem> {
    let (catalog, facts) = crate::load(&state.store, &caller.user).await?;
    let course = crate::find(&catalog, &id)?;
    let access = crate::decide(&state, &catalog, &facts, course);
    metrics::access_checked(&access);
    let is_open = access.is_allowed();
    let modules = course.modules.iter().cloned().map(|module| {
        let Module { id, title, preview, steps } = module;
        ShownModule { id, title, preview, locked: !(is_open || preview), steps }
    });
    Ok(Json(ShownCourse {
        id: course.id.clone(),
        title: course.title.clone(),
        summary: course.summary.clone(),
        category: course.category,
        access: access.into(),
        modules: modules.collect(),
    }))
}
