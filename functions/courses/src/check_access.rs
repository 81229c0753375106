//! `GET /courses/{id}/access`: may the caller open it, and why.

use axum::Json;
use axum::extract::State;
use shared::http::{AccessAnswer, Caller, PathId, Problem};
use shared::metrics;

pub(crate) async fn handle(
    State(state): State<crate::State>,
    caller: Caller,
    PathId(id): PathId,
) -> Result<Json<AccessAnswer>, Problem> {
    let (catalog, facts) = crate::load(&state.store, &caller.user).await?;
    let course = crate::find(&catalog, &id)?;
    let access = crate::decide(&state, &catalog, &facts, course);
    metrics::access_checked(&access);
    Ok(Json(access.into()))
}
