//! `GET /courses/{id}/access`: may the caller open it, and why.

use axum::Json;
use axum::extract::State;
use shared::http::{AccessAnswer, Caller, PathId, Problem};
use shared::metrics;
use shared::store::Store;

pub(crate) async fn handle(
    State(store): State<Store>,
    caller: Caller,
    PathId(id): PathId,
) -> Result<Json<AccessAnswer>, Problem> {
    let (catalog, facts) = crate::load(&store, &caller.user).await?;
    let course = crate::find(&catalog, &id)?;
    let access = crate::decide(&catalog, &facts, course);
    metrics::access_checked(&access);
    Ok(Json(access.into()))
}
