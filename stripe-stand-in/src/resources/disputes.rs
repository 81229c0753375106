//! `/v1/disputes` (<https://docs.stripe.com/api/disputes>).

use serde_json::json;

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::payments::disputes;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::get("/v1/disputes", list),
    Route::get("/v1/disputes/{id}", retrieve),
    Route::post("/v1/disputes/{id}", update),
    Route::post("/v1/disputes/{id}/close", close),
];

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Dispute, &call.id)?;
    let mut changed = before.clone();
    if let Some(changes) = call.params.metadata()? {
        changed.set("metadata", merge_metadata(before.get("metadata"), changes));
    }
    let evidence = call.params.hash("evidence")?;
    let submits = call.params.flag("submit")?.unwrap_or(true) && evidence.is_some();
    if let Some(evidence) = evidence {
        require_open(&before)?;
        set_evidence(&mut changed, evidence)?;
    }
    call.finish()?;
    if submits {
        let submissions = before.pointer("/evidence_details/submission_count").as_u64().unwrap_or_default();
        let mut details = changed.get("evidence_details").clone();
        details["submission_count"] = json!(submissions + 1);
        changed.set("evidence_details", details);
    }
    tx.save_and_emit("charge.dispute.updated", &before, &changed)?;
    match submitted_status(&changed).filter(|status| submits && *status != changed.text("status")) {
        Some(status) => Ok(ApiResponse::object(&disputes::change_status(tx, &changed, status)?)),
        None => Ok(ApiResponse::object(&changed)),
    }
}

fn set_evidence(dispute: &mut Object, mut given: Params) -> Result<(), ApiError> {
    let mut evidence = dispute.get("evidence").clone();
    for field in disputes::EVIDENCE_FIELDS {
        if let Some(value) = given.nullable_text(field)? {
            evidence[*field] = value;
        }
    }
    given.ignore(&["enhanced_evidence"]);
    given.finish()?;
    let mut details = dispute.get("evidence_details").clone();
    details["has_evidence"] = json!(true);
    dispute.set("evidence", evidence);
    dispute.set("evidence_details", details);
    Ok(())
}

/// The status of a dispute after evidence was submitted. Two test values decide it at once
/// (<https://docs.stripe.com/testing#disputes>).
fn submitted_status(dispute: &Object) -> Option<&'static str> {
    let inquiry = dispute.text("status").starts_with("warning_");
    match dispute.pointer("/evidence/uncategorized_text").as_str() {
        Some("winning_evidence") if inquiry => Some("warning_closed"),
        Some("winning_evidence") => Some("won"),
        Some("losing_evidence") if !inquiry => Some("lost"),
        _ if inquiry => Some("warning_under_review"),
        _ => Some("under_review"),
    }
}

/// Closing a dispute means accepting it.
fn close(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Dispute, &call.id)?;
    call.finish()?;
    require_open(&before)?;
    let accepted = if before.text("status").starts_with("warning_") { "warning_closed" } else { "lost" };
    Ok(ApiResponse::object(&disputes::change_status(tx, &before, accepted)?))
}

fn require_open(dispute: &Object) -> Result<(), ApiError> {
    if disputes::is_closed(dispute.text("status")) {
        return Err(ApiError::invalid_request("This dispute is already closed.").with_code("dispute_already_closed"));
    }
    Ok(())
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Dispute, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::Dispute).filter(&mut call.params, &["charge", "payment_intent"])?;
    let query = query.filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
