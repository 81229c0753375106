//! `GET /courses/{id}/access`: may the caller open it, and why.

use axum::Json;
use axum::extract::State;
use shared::http::{AccessResponse, Caller, PathParameter, Problem};
use shared::metrics;

pub(crate) async fn handle(
    State(state): State<crate::State>,
    caller: Caller,
    PathParameter(id): PathParameter,
) -> Result<Json<AccessResponse>, Problem> {
    let (catalog, facts) = crate::load_catalog_and_facts(&state.store, &caller.user).await?;
    let course = crate::find_course(&catalog, &id)?;
    let access = crate::course_access(&state, &catalog, &facts, course);
    metrics::access_checked(&access);
    Ok(Json(access.into()))
}
