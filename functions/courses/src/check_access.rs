//! `GET /courses/{id}/access`: may the caller open it, and why.

use axum::Json;
use axum::extract::State;
use shared::http::{AccessResponse, Caller, PathParameter, Problem};
use shared::metrics;

use crate::course_access::{find_course, learner_course, load_catalog_and_facts};

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    PathParameter(id): PathParameter,
) -> Result<Json<AccessResponse>, Problem> {
    let (catalog, facts) = load_catalog_and_facts(&state.store, &caller.user).await?;
    let course = find_course(&catalog, &id)?;
    let access = learner_course(&state, &catalog, &facts, None, course).access();
    metrics::access_checked(&access);
    Ok(Json(access.into()))
}
