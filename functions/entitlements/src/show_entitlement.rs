//! `GET /entitlements/{product}`: does the caller have it, and why.

use axum::Json;
use axum::extract::State;
use shared::domain::ProductId;
use shared::http::{Caller, PathParameter, Problem};

use crate::entitlement::EntitlementResponse;

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    PathParameter(id): PathParameter,
) -> Result<Json<EntitlementResponse>, Problem> {
    let unknown = || Problem::not_found("There is no such product.");
    let product = ProductId::parse(id).map_err(|_| unknown())?;
    let catalog = state.store.catalog().await?;
    let facts = state.store.facts(&caller.user).await?;
    let listed = catalog.product(product.as_str());
    // What is not offered any more is still shown to those who have it.
    if listed.is_none() && !facts.iter().any(|fact| fact.covers_product(&product)) {
        return Err(unknown());
    }
    Ok(Json(EntitlementResponse::for_product(&state, &product, listed, &facts)))
}
