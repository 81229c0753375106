//! `POST /usage/{meter}`: uses so much of a meter, or nothing at all when that is more than is left.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::{MeterId, MeterUsage};
use shared::http::{Caller, IdempotencyKey, JsonBody, PathParameter, Problem, WholeNumber};
use shared::metrics;
use shared::store::{ConsumeOutcome, Consumption};

use crate::usage::{self, MeterResponse};

/// How much is to be used.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsumeUsageRequest {
    quantity: Quantity,
}

/// From 0, which only asks, to a million.
#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(extend("maximum" = MAX_QUANTITY)))]
#[serde(try_from = "WholeNumber<u64>")]
struct Quantity(u64);

const MAX_QUANTITY: u64 = 1_000_000;

impl TryFrom<WholeNumber<u64>> for Quantity {
    type Error = &'static str;

    fn try_from(WholeNumber(number): WholeNumber<u64>) -> Result<Self, Self::Error> {
        if number <= MAX_QUANTITY { Ok(Self(number)) } else { Err("a quantity is at most a million") }
    }
}

pub(crate) async fn handle(
    State(state): State<crate::state::State>,
    caller: Caller,
    PathParameter(meter): PathParameter,
    key: Option<IdempotencyKey>,
    JsonBody(ConsumeUsageRequest { quantity: Quantity(quantity) }): JsonBody<ConsumeUsageRequest>,
) -> Result<Json<MeterResponse>, Problem> {
    let unknown = || Problem::not_found("There is no such meter.");
    let meter = MeterId::parse(meter).map_err(|_| unknown())?;
    let now = state.store.now();
    let (window, usage) = usage::load_usage(&state, &caller.user, now).await?.remove(&meter).ok_or_else(unknown)?;
    if quantity == 0 {
        return Ok(Json(usage.into()));
    }
    let refuse = || limit_reached(&meter, &usage, now);
    // A counter only grows until it begins anew. With a key it may be a repetition of what was granted.
    if !usage.allows(quantity) && key.is_none() {
        return Err(refuse());
    }
    let after = usage.with_consumed(quantity);
    let key = key.as_ref().map(IdempotencyKey::as_str);
    let (user, meter, window) = (&caller.user, &meter, &window);
    match state
        .store
        .consume(&Consumption { user, meter, window, quantity, usage_after: after, idempotency_key: key, at: now })
        .await?
    {
        ConsumeOutcome::Counted => Ok(Json(after.into())),
        ConsumeOutcome::Repeated(answered) => Ok(Json(answered.into())),
        ConsumeOutcome::OverLimit => Err(refuse()),
        ConsumeOutcome::KeyReused => {
            let detail = "The Idempotency-Key was used for another meter or quantity.";
            Err(Problem::conflict("idempotency_key_reused", detail))
        }
    }
}

fn limit_reached(meter: &MeterId, usage: &MeterUsage, now: Timestamp) -> Problem {
    metrics::limit_reached(meter);
    let detail = "That is more than is left of this meter. Nothing was counted.";
    Problem::limit_reached(detail, now, usage.resets_at)
}
