//! Test actions for faults of API requests. See `test_actions.rs`.
//!
//! | call | does |
//! |---|---|
//! | `POST /_stand_in/faults` `status=500 or 429, method?, path?, times?, after?, should_retry?` | the next matching requests get this status; without a field deletes all faults |
//! | `GET /_stand_in/faults` | lists the remaining faults |

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use crate::pages::action_response::{read_params, run_action};
use crate::state::store::Store;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::fault::{Fault, FaultResponse};
use crate::values::params::Params;

pub(super) fn router() -> Router<Arc<Store>> {
    Router::new().route("/_stand_in/faults", get(list_faults).post(add_or_clear_faults))
}

async fn list_faults(State(store): State<Arc<Store>>, headers: HeaderMap) -> Response {
    run_action(&store, &headers, faults_json)
}

async fn add_or_clear_faults(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    run_action(&store, &headers, |tx| {
        let params = read_params(&body)?;
        if params.is_empty() {
            tx.clear_faults()?;
        } else {
            tx.add_fault(&read_fault(params)?)?;
        }
        faults_json(tx)
    })
}

fn read_fault(mut params: Params) -> Result<Fault, ApiError> {
    let status = params.choice("status", &["429", "500"])?.ok_or_else(|| ApiError::missing_param("status"))?;
    let after = params.flag("after")?.unwrap_or(false);
    let response = FaultResponse::from_status(if status == "429" { 429 } else { 500 }, after)
        .ok_or_else(|| params.invalid("after", "after=true needs status=500, because a 429 never has an effect."))?;
    let method = params.choice("method", &["GET", "POST", "DELETE"])?;
    let path = params.text("path")?;
    if path.as_ref().is_some_and(|path| !path.starts_with("/v1/")) {
        return Err(params.invalid("path", "Invalid path: it must begin with /v1/, and may end with *."));
    }
    let remaining_calls = params.integer("times")?.unwrap_or(1);
    let remaining_calls = u32::try_from(remaining_calls).ok().filter(|remaining_calls| *remaining_calls > 0);
    let remaining_calls =
        remaining_calls.ok_or_else(|| params.invalid("times", "Invalid times: it must be at least 1."))?;
    let should_retry = params.flag("should_retry")?;
    params.finish()?;
    Ok(Fault { response, method, path, remaining_calls, should_retry })
}

fn faults_json(tx: &Tx<'_>) -> Result<Value, Error> {
    let faults = tx.faults()?;
    let fault = |fault: &Fault| {
        json!({
            "status": fault.response.to_api_error().status,
            "method": fault.method,
            "path": fault.path,
            "times": fault.remaining_calls,
            "after": fault.response == FaultResponse::ErrorAfterExecution,
            "should_retry": fault.should_retry,
        })
    };
    Ok(json!({ "object": "list", "data": faults.iter().map(fault).collect::<Vec<_>>() }))
}
