//! `GET /courses`: all courses, each with the caller's access.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::domain::{Category, CourseId};
use shared::http::{AccessAnswer, Caller, Page, PageRequest, Problem};

#[derive(Serialize)]
pub(crate) struct ListedCourse {
    id: CourseId,
    title: String,
    summary: String,
    category: Category,
    access: AccessAnswer,
}

pub(crate) async fn handle(
    State(state): State<crate::State>,
    caller: Caller,
    wanted: PageRequest,
) -> Result<Json<Page<ListedCourse>>, Problem> {
    let (catalog, facts) = crate::load(&state.store, &caller.user).await?;
    let listed = catalog.courses().iter().map(|course| ListedCourse {
        id: course.id.clone(),
        title: course.title.clone(),
        summary: course.summary.clone(),
        category: course.category,
        access: crate::decide(&state, &catalog, &facts, course).into(),
    });
    Ok(Json(wanted.of(listed, |course| course.id.as_str())))
}
