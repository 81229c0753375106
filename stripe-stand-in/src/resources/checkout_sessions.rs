//! `/v1/checkout/sessions` (<https://docs.stripe.com/api/checkout/sessions>), in payment and subscription mode.

use serde_json::{Value, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::resources::session_params;
use crate::rules::checkout::sessions;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/checkout/sessions", create),
    Route::get("/v1/checkout/sessions", list),
    Route::get("/v1/checkout/sessions/{id}", retrieve),
    Route::post("/v1/checkout/sessions/{id}", update),
    Route::get("/v1/checkout/sessions/{id}/line_items", line_items),
    Route::post("/v1/checkout/sessions/{id}/expire", expire),
];

/// The list for `expand[]=line_items`.
pub(crate) fn line_item_list(tx: &Tx<'_>, id: &str) -> Result<Value, Error> {
    let session = tx.load(ObjectType::CheckoutSession, id)?;
    let url = format!("/v1/checkout/sessions/{id}/line_items");
    Ok(request::list_response(&url, lines(&session), false).body)
}

fn blank(now: i64, public_url: &str) -> Object {
    let id = ObjectType::CheckoutSession.new_id();
    let url = format!("{public_url}/c/pay/{id}");
    let fields = json!({
        "adaptive_pricing": { "enabled": false },
        "after_expiration": null,
        "allow_promotion_codes": null,
        "amount_subtotal": 0,
        "amount_total": 0,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "billing_address_collection": null,
        "cancel_url": null,
        "client_reference_id": null,
        "client_secret": null,
        "collected_information": null,
        "consent": null,
        "consent_collection": null,
        "created": now,
        "currency": null,
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
        },
        "customer": null,
        "customer_account": null,
        "customer_creation": null,
        "customer_details": null,
        "customer_email": null,
        "discounts": [],
        "expires_at": now,
        "integration_identifier": null,
        "invoice": null,
        "invoice_creation": null,
        "locale": null,
        "managed_payments": { "enabled": false },
        "metadata": {},
        "mode": "payment",
        "origin_context": null,
        "payment_intent": null,
        "payment_link": null,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": null,
        "payment_status": "unpaid",
        "permissions": null,
        "phone_number_collection": { "enabled": false },
        "recovered_from": null,
        "saved_payment_method_options": null,
        "setup_intent": null,
        "shipping_address_collection": null,
        "shipping_cost": null,
        "shipping_options": [],
        "status": "open",
        "submit_type": null,
        "subscription": null,
        "success_url": null,
        "total_details": null,
        "ui_mode": "hosted_page",
        "url": url,
        "wallet_options": null,
    });
    Object::new(ObjectType::CheckoutSession, id, fields)
}

fn create(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let session = blank_from_params(tx, call.params)?;
    tx.insert(&session)?;
    Ok(ApiResponse::object(&session))
}

/// An open session from parameters. The caller stores it.
pub(crate) fn blank_from_params(tx: &Tx<'_>, params: Params) -> Result<Object, Error> {
    let mut session = blank(tx.now(), tx.public_url);
    session_params::read(tx, &mut session, params)?;
    Ok(session)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut session = tx.load(ObjectType::CheckoutSession, &call.id)?;
    if let Some(changes) = call.params.metadata()? {
        let metadata = merge_metadata(session.get("metadata"), changes);
        session.set("metadata", metadata);
    }
    call.params.ignore(&["collected_information", "shipping_options"]);
    call.finish()?;
    tx.save(&session)?;
    Ok(ApiResponse::object(&session))
}

fn expire(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let mut session = tx.load(ObjectType::CheckoutSession, &call.id)?;
    call.finish()?;
    sessions::require_open(&session, "expired")?;
    sessions::expire(tx, &mut session)?;
    Ok(ApiResponse::object(&session))
}

fn lines(session: &Object) -> Vec<Value> {
    session.hidden("lines").as_array().cloned().unwrap_or_default()
}

fn line_items(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let session = tx.load(ObjectType::CheckoutSession, &call.id)?;
    let page = request::read_page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    Ok(request::list_page_of(&url, &lines(&session), &page))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::CheckoutSession, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::CheckoutSession);
    query = query.filter(params, &["customer", "payment_intent", "payment_link", "status", "subscription"])?;
    query = query.filter_created(params)?;
    if let Some(mut customer) = params.hash("customer_details")? {
        if let Some(email) = customer.text("email")? {
            query = query.with("customer_details.email", email);
        }
        customer.finish()?;
    }
    request::list(tx, query, call)
}
