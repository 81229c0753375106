//! `GET /courses`: all courses, each with the caller's access.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::domain::{Category, CourseId};
use shared::http::{AccessResponse, Caller, Page, PageRequest, Problem};

use crate::course_access::{learner_course, load_catalog_and_facts};

/// A course, and whether the caller may open it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CourseListItemResponse {
    id: CourseId,
    title: String,
    /// One or two sentences.
    summary: String,
    category: Category,
    access: AccessResponse,
}

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<CourseListItemResponse>>, Problem> {
    let (catalog, facts) = load_catalog_and_facts(&state.store, &caller.user).await?;
    let listed = catalog.courses().iter().map(|course| CourseListItemResponse {
        id: course.id.clone(),
        title: course.title.clone(),
        summary: course.summary.clone(),
        category: course.category,
        access: learner_course(&state, &catalog, &facts, None, course).access().into(),
    });
    Ok(Json(wanted.page_of(listed, |course| course.id.as_str())))
}
