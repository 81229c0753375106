//! Chaos, beside the calls of `test_actions.rs`.
//!
//! | call | does |
//! |---|---|
//! | `POST /_stand_in/chaos` `seed, duplicate, reorder, delay, drop, outage` | begins it in place of any other; without a field ends it |
//! | `GET /_stand_in/chaos` | shows what is set |

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};

use crate::pages::action_response::run;
use crate::state::chaos::ActiveChaos;
use crate::state::store::Store;
use crate::state::transaction::Tx;
use crate::values::chaos::{Chaos, ChaosError};
use crate::values::error::{Error, Refusal};
use crate::values::form;
use crate::values::params::Params;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new().route("/_stand_in/chaos", get(show_chaos).post(set_chaos))
}

async fn show_chaos(State(store): State<Arc<Store>>, headers: HeaderMap) -> Response {
    run(&store, &headers, shown_chaos)
}

async fn set_chaos(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    run(&store, &headers, |tx| {
        let chaos = read_chaos(params(&body)?)?;
        tx.set_chaos(chaos.as_ref())?;
        shown_chaos(tx)
    })
}

/// The fields of a form, which may be empty.
fn params(body: &Bytes) -> Result<Params, Refusal> {
    let mut tree = Map::new();
    form::decode_into(&mut tree, body)?;
    Ok(Params::new(tree))
}

/// None without a field.
fn read_chaos(mut params: Params) -> Result<Option<Chaos>, Refusal> {
    if params.is_empty() {
        return Ok(None);
    }
    let refusal = |error: ChaosError| Refusal::invalid(error.to_string()).param(error.key());
    let mut chaos = Chaos::default();
    for key in params.keys() {
        chaos.set(&key, &params.text(&key)?.unwrap_or_default()).map_err(refusal)?;
    }
    Ok(Some(chaos))
}

fn shown_chaos(tx: &Tx<'_>) -> Result<Value, Error> {
    let Some(active) = tx.chaos()? else {
        return Ok(json!({}));
    };
    shown(&active)
}

/// Numbers as numbers, lengths of time as they are written.
fn shown(active: &ActiveChaos) -> Result<Value, Error> {
    let mut fields = Map::new();
    for pair in active.chaos.to_string().split(',') {
        let Some((key, value)) = pair.split_once('=') else {
            continue;
        };
        let value = if matches!(key, "delay" | "outage") { json!(value) } else { serde_json::from_str(value)? };
        fields.insert(key.to_owned(), value);
    }
    if let Some(end) = active.outage_ends() {
        fields.insert("outage_ends".to_owned(), json!(end));
    }
    Ok(Value::Object(fields))
}
