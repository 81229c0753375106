//! Test actions for chaos and for the retry schedules of deliveries and payments. See `test_actions.rs`.
//!
//! | call | does |
//! |---|---|
//! | `POST /_stand_in/chaos` `seed, duplicate, reorder, delay, drop, outage` | replaces the active chaos; without a field ends it |
//! | `GET /_stand_in/chaos` | shows the active chaos |
//! | `POST /_stand_in/retries` `schedule` | sets the delays between the attempts of a delivery; without a field restores the default |
//! | `GET /_stand_in/retries` | shows the schedule |
//! | `POST /_stand_in/payment_retries` `schedule, seed?` | sets the delays between the attempts to pay an invoice; without a field restores the default |
//! | `GET /_stand_in/payment_retries` | shows the schedule |

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};

use crate::pages::action_response::{read_params, run_action};
use crate::state::chaos::ActiveChaos;
use crate::state::store::Store;
use crate::state::transaction::Tx;
use crate::values::chaos::{Chaos, ChaosError};
use crate::values::delivery_retry_schedule::{DeliveryRetrySchedule, DeliveryRetryScheduleError};
use crate::values::error::{ApiError, Error};
use crate::values::params::Params;
use crate::values::payment_retry_schedule::{self, PaymentRetrySchedule, PaymentRetryScheduleError};

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new()
        .route("/_stand_in/chaos", get(show_chaos).post(set_chaos))
        .route("/_stand_in/retries", get(show_retries).post(set_retries))
        .route("/_stand_in/payment_retries", get(show_payment_retries).post(set_payment_retries))
}

async fn show_chaos(State(store): State<Arc<Store>>, headers: HeaderMap) -> Response {
    run_action(&store, &headers, chaos_json)
}

async fn set_chaos(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    run_action(&store, &headers, |tx| {
        let chaos = read_chaos(read_params(&body)?)?;
        tx.set_chaos(chaos.as_ref())?;
        chaos_json(tx)
    })
}

async fn show_retries(State(store): State<Arc<Store>>, headers: HeaderMap) -> Response {
    run_action(&store, &headers, retries_json)
}

async fn set_retries(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    run_action(&store, &headers, |tx| {
        let mut params = read_params(&body)?;
        let schedule = params.text("schedule")?;
        params.finish()?;
        let api_error =
            |error: DeliveryRetryScheduleError| ApiError::invalid_request(error.to_string()).with_param("schedule");
        let schedule = schedule.map(|text| text.parse().map_err(api_error)).transpose()?;
        tx.set_delivery_retry_schedule(schedule.as_ref())?;
        retries_json(tx)
    })
}

fn retries_json(tx: &Tx<'_>) -> Result<Value, Error> {
    let schedule: DeliveryRetrySchedule = tx.delivery_retry_schedule()?;
    Ok(json!({ "schedule": schedule.to_string() }))
}

async fn show_payment_retries(State(store): State<Arc<Store>>, headers: HeaderMap) -> Response {
    run_action(&store, &headers, payment_retries_json)
}

async fn set_payment_retries(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    run_action(&store, &headers, |tx| {
        let mut params = read_params(&body)?;
        let schedule = params.text("schedule")?.unwrap_or_else(|| payment_retry_schedule::DEFAULT.to_owned());
        let seed = params.text("seed")?.unwrap_or_else(|| "0".to_owned());
        let seed = seed.parse().map_err(|_| params.invalid("seed", "Invalid seed: it must be a number."))?;
        params.finish()?;
        let api_error =
            |error: PaymentRetryScheduleError| ApiError::invalid_request(error.to_string()).with_param("schedule");
        schedule.parse::<PaymentRetrySchedule>().map_err(api_error)?;
        tx.set_payment_retry_schedule(&schedule, seed)?;
        payment_retries_json(tx)
    })
}

fn payment_retries_json(tx: &Tx<'_>) -> Result<Value, Error> {
    let (schedule, seed) = tx.payment_retry_schedule()?;
    Ok(json!({ "schedule": schedule, "seed": seed }))
}

/// Reads the chaos of a form. None when the form is empty.
fn read_chaos(mut params: Params) -> Result<Option<Chaos>, ApiError> {
    if params.is_empty() {
        return Ok(None);
    }
    let api_error = |error: ChaosError| ApiError::invalid_request(error.to_string()).with_param(error.key());
    let mut chaos = Chaos::default();
    for key in params.keys() {
        chaos.set(&key, &params.text(&key)?.unwrap_or_default()).map_err(api_error)?;
    }
    Ok(Some(chaos))
}

fn chaos_json(tx: &Tx<'_>) -> Result<Value, Error> {
    let Some(active) = tx.chaos()? else {
        return Ok(json!({}));
    };
    active_chaos_json(&active)
}

/// Numbers become JSON numbers. Durations stay as they are written.
fn active_chaos_json(active: &ActiveChaos) -> Result<Value, Error> {
    let mut fields = Map::new();
    for pair in active.chaos.to_string().split(',') {
        let Some((key, value)) = pair.split_once('=') else {
            continue;
        };
        let value = if matches!(key, "delay" | "outage") { json!(value) } else { serde_json::from_str(value)? };
        fields.insert(key.to_owned(), value);
    }
    if let Some(end) = active.outage_end() {
        fields.insert("outage_ends".to_owned(), json!(end));
    }
    Ok(Value::Object(fields))
}
