//! `GET /billing/subscription`: the learner's subscription, why it opens or not, and what is to be paid.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as FromState};
use serde::Deserialize;
use shared::HandlerError;
use shared::http::{Problem, RateLimitedCaller};

use crate::learner_facts::LearnerFacts;
use crate::state::State;
use crate::subscription_response::{SubscriptionResponse, load_subscription_response};

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct ShowSubscriptionQuery {
    /// Another subscription than the one that is shown by default.
    subscription_id: Option<String>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    query: Result<Query<ShowSubscriptionQuery>, QueryRejection>,
) -> Result<Json<SubscriptionResponse>, HandlerError> {
    let Query(query) = query.map_err(|_| Problem::bad_request("invalid_query", "The query string cannot be read."))?;
    let facts = LearnerFacts::load(&state.fulfil.store, &caller.user).await?;
    let subscription = match query.subscription_id.as_deref() {
        Some(id) => Some(facts.by_id(id)?.subscription),
        None => facts.subscription_to_show(state.fulfil.store.now(), &state.policy),
    };
    load_subscription_response(&state, &caller, &facts, subscription).await.map(Json)
}
