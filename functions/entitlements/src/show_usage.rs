//! `GET /usage`: every meter, with what was used of it and what may be.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::domain::MeterId;
use shared::http::{Caller, Problem};

use crate::usage::{self, MeterResponse};

/// What the caller has used and may use.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct UsageResponse {
    /// Every meter by its name.
    meters: BTreeMap<MeterId, MeterResponse>,
}

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
) -> Result<Json<UsageResponse>, Problem> {
    let meters = usage::load_usage(&state, &caller.user, state.store.now()).await?;
    let meters = meters.into_iter().map(|(meter, (_, usage))| (meter, usage.into())).collect();
    Ok(Json(UsageResponse { meters }))
}
