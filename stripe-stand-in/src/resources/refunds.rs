//! `/v1/refunds` (<https://docs.stripe.com/api/refunds>).

use serde_json::Value;

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::payments::refunds;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/refunds", create),
    Route::get("/v1/refunds", list),
    Route::get("/v1/refunds/{id}", retrieve),
    Route::post("/v1/refunds/{id}", update),
    Route::post("/v1/refunds/{id}/cancel", cancel),
];

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer"];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let charge = charge(tx, &mut call.params)?;
    let metadata = merge_metadata(&Value::Null, call.params.metadata()?.unwrap_or_default());
    let request = refunds::RefundRequest {
        amount: call.params.amount("amount")?,
        reason: call.params.choice("reason", REASONS)?,
        // For tests: no test card of Stripe's makes a refund of any payment pending.
        pending: metadata["stand_in"] == "pending",
        metadata,
    };
    call.params.ignore(&["instructions_email", "refund_application_fee", "reverse_transfer"]);
    call.finish()?;
    let refund = refunds::create(tx, &charge, request)?;
    // As at Stripe, the response shows the refund before its later updates.
    Ok(ApiResponse::object(&refund))
}

/// Reads the charge from `charge` or `payment_intent`.
fn charge(tx: &Tx<'_>, params: &mut Params) -> Result<Object, Error> {
    let (charge, intent) = (params.text("charge")?, params.text("payment_intent")?);
    let Some(intent) = intent else {
        let message = "One of the following params should be provided for this request: payment_intent or charge.";
        let charge = charge.ok_or_else(|| ApiError::invalid_request(message).with_code("parameter_missing"))?;
        return tx.load_param(ObjectType::Charge, &charge, "charge");
    };
    let intent = tx.load_param(ObjectType::PaymentIntent, &intent, "payment_intent")?;
    let latest = intent.opt_text("latest_charge").filter(|_| intent.int("amount_received") > 0);
    let Some(latest) = latest else {
        let message = format!("This PaymentIntent ({}) does not have a successful charge to refund.", intent.id());
        return Err(ApiError::invalid_request(message).with_param("payment_intent").into());
    };
    if charge.is_some_and(|charge| charge != latest) {
        let message = "The charge does not belong to the payment_intent.";
        return Err(ApiError::invalid_request(message).with_param("charge").into());
    }
    tx.load(ObjectType::Charge, latest)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Refund, &call.id)?;
    let mut changed = before.clone();
    if let Some(changes) = call.params.metadata()? {
        changed.set("metadata", merge_metadata(before.get("metadata"), changes));
    }
    call.finish()?;
    refunds::save_update(tx, &before, &changed)?;
    Ok(ApiResponse::object(&changed))
}

fn cancel(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Refund, &call.id)?;
    call.finish()?;
    Ok(ApiResponse::object(&refunds::cancel(tx, &before)?))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Refund, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::Refund).filter(&mut call.params, &["charge", "payment_intent"])?;
    let query = query.filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
