//! `/v1/charges` (<https://docs.stripe.com/api/charges>). Payment intents create charges; these routes read and
//! update them.

use serde_json::Value;

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::{PageRequest, Query};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::merge_metadata;

pub(crate) const ROUTES: &[Route] = &[
    Route::get("/v1/charges", list),
    Route::get("/v1/charges/{id}", retrieve),
    Route::post("/v1/charges/{id}", update),
];

/// The list for `expand[]=refunds`.
pub(crate) fn refund_list(tx: &Tx<'_>, id: &str) -> Result<Value, Error> {
    let query = Query::of(ObjectType::Refund).with("charge", id.to_owned());
    let (refunds, has_more) = tx.page(query, &PageRequest::newest(10))?;
    let data = refunds.iter().map(Object::to_public_json).collect();
    Ok(request::list_response(&format!("/v1/charges/{id}/refunds"), data, has_more).body)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Charge, &call.id)?;
    let mut charge = before.clone();
    for field in ["description", "receipt_email"] {
        charge.set_if_some(field, call.params.nullable_text(field)?);
    }
    if let Some(changes) = call.params.metadata()? {
        charge.set("metadata", merge_metadata(before.get("metadata"), changes));
    }
    call.finish()?;
    tx.save_and_emit("charge.updated", &before, &charge)?;
    Ok(ApiResponse::object(&charge))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Charge, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let filters = ["payment_intent", "customer", "transfer_group"];
    let query = Query::of(ObjectType::Charge).filter(&mut call.params, &filters)?;
    let query = query.filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
