//! `GET /billing/subscription`: the learner's subscription, why it opens or not, and what is to be paid.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as FromState};
use serde::Deserialize;
use shared::Failure;
use shared::http::{CountedCaller, Problem};

use crate::State;
use crate::known::Known;
use crate::shown::{Shown, show};

#[derive(Deserialize)]
pub(crate) struct Which {
    subscription_id: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    CountedCaller(caller): CountedCaller,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Shown>, Failure> {
    let Query(which) = which.map_err(|_| Problem::bad_request("invalid_query", "The query string cannot be read."))?;
    let known = Known::load(&state.fulfil.store, &caller.user).await?;
    let subscription = match which.subscription_id.as_deref() {
        Some(id) => Some(known.named(id)?.subscription),
        None => known.foremost(state.fulfil.store.now(), &state.policy),
    };
    show(&state, &caller, &known, subscription).await.map(Json)
}
