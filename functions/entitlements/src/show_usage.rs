//! `GET /usage`: every meter, with what was used of it and what may be.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::domain::MeterId;
use shared::http::{Caller, Problem};

use crate::usage::{self, Meter};

#[derive(Serialize)]
pub(crate) struct Usage {
    meters: BTreeMap<MeterId, Meter>,
}

pub(crate) async fn handle(State(state): State<crate::State>, caller: Caller) -> Result<Json<Usage>, Problem> {
    let meters = usage::read(&state, &caller.user, state.store.now()).await?;
    let meters = meters.into_iter().map(|(meter, (_, reading))| (meter, reading.into())).collect();
    Ok(Json(Usage { meters }))
}
