//! `/v1/customers` (<https://docs.stripe.com/api/customers>).

use serde_json::{Value, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::billing::cancellation::{self, Cancellation};
use crate::rules::billing::subscription_status;
use crate::rules::customers;
use crate::rules::payments::payment_methods;
use crate::state::query::Query;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::customer;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/customers", create),
    Route::get("/v1/customers", list),
    Route::get("/v1/customers/{id}", retrieve),
    Route::post("/v1/customers/{id}", update),
    Route::delete("/v1/customers/{id}", delete),
];

const TEXT_FIELDS: &[&str] = &["business_name", "description", "individual_name", "name", "phone"];

const HASH_FIELDS: &[&str] = &["address", "shipping"];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let clock = call.params.text("test_clock")?;
    if let Some(id) = &clock {
        let clock = tx.load_param(ObjectType::TestClock, id, "test_clock")?;
        tx.set_now(clock.int("frozen_time"));
    }
    let mut customer = customer::blank(tx.now());
    customer.set("test_clock", clock);
    let method = call.params.text("payment_method")?;
    let source = call.params.text("source")?;
    let default = read_default_method(&mut call.params)?;
    apply(&mut customer, &mut call.params)?;
    call.finish()?;
    tx.insert(&customer)?;
    tx.emit("customer.created", &customer)?;
    let attached = method.as_deref().map(|id| attach(tx, &customer, id)).transpose()?;
    let before = customer.clone();
    if let Some(default) = default.filter(|default| default.is_string()) {
        let given = default.as_str().unwrap_or_default();
        // A token creates a new payment method each time. Here it means the one that was just attached.
        let attached_default = attached.filter(|_| method.as_deref() == Some(given));
        customers::set_default_method(
            tx,
            &mut customer,
            &attached_default.map_or(default.clone(), |attached_default| json!(attached_default.id())),
        )?;
    }
    if let Some(token) = source {
        let found = payment_methods::create_from_token(tx, &token)?;
        customer.set("default_source", attach(tx, &customer, found.id())?.id());
    }
    if before != customer {
        tx.save(&customer)?;
    }
    Ok(ApiResponse::object(&customer))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::Customer, &call.id)?;
    let mut customer = before.clone();
    if let Some(default) = read_default_method(&mut call.params)? {
        customers::set_default_method(tx, &mut customer, &default)?;
    }
    apply(&mut customer, &mut call.params)?;
    call.finish()?;
    tx.save_and_emit("customer.updated", &before, &customer)?;
    Ok(ApiResponse::object(&customer))
}

fn apply(customer: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    if let Some(email) = params.nullable_text("email")? {
        check_email(params, "email", &email)?;
        customer.set("email", email);
    }
    for field in TEXT_FIELDS {
        customer.set_if_some(field, params.nullable_text(field)?);
    }
    for field in HASH_FIELDS {
        customer.set_if_some(field, params.raw(field));
    }
    customer.set_if_some("balance", params.integer("balance")?);
    customer.set_if_some("preferred_locales", params.texts("preferred_locales")?);
    customer.set_if_some("tax_exempt", params.choice("tax_exempt", &["none", "exempt", "reverse"])?);
    if let Some(changes) = params.metadata()? {
        let metadata = merge_metadata(customer.get("metadata"), changes);
        customer.set("metadata", metadata);
    }
    if let Some(prefix) = params.text("invoice_prefix")? {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if !(3..=12).contains(&prefix.len()) || !prefix.bytes().all(allowed) {
            let message = "The invoice prefix must be 3-12 uppercase letters or numbers.";
            return Err(params.invalid("invoice_prefix", message));
        }
        customer.set("invoice_prefix", prefix);
    }
    params.ignore(&["tax", "cash_balance", "next_invoice_sequence"]);
    Ok(())
}

/// Reads `invoice_settings[default_payment_method]`: an id, or null to unset it.
fn read_default_method(params: &mut Params) -> Result<Option<Value>, ApiError> {
    let Some(mut settings) = params.hash("invoice_settings")? else {
        return Ok(None);
    };
    let given = settings.nullable_text("default_payment_method")?;
    settings.ignore(&["custom_fields", "footer", "rendering_options"]);
    settings.finish()?;
    Ok(given)
}

fn attach(tx: &Tx<'_>, customer: &Object, id: &str) -> Result<Object, Error> {
    let mut method = payment_methods::resolve(tx, id, "payment_method")?;
    payment_methods::attach(tx, &mut method, customer.id())?;
    Ok(method)
}

/// Refuses an invalid e-mail address. Null is accepted.
pub(crate) fn check_email(params: &Params, field: &str, email: &Value) -> Result<(), ApiError> {
    match email.as_str() {
        Some(text) if !customer::is_email(text) => {
            let message = format!("Invalid email address: {text}");
            Err(params.invalid(field, &message).with_code("email_invalid"))
        }
        _ => Ok(()),
    }
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    if tx.is_deleted(ObjectType::Customer, &call.id)? {
        return Ok(ApiResponse::deleted(ObjectType::Customer, &call.id));
    }
    request::retrieve(tx, ObjectType::Customer, call)
}

fn delete(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let customer = tx.load(ObjectType::Customer, &call.id)?;
    call.finish()?;
    remove(tx, &customer)?;
    Ok(ApiResponse::deleted(ObjectType::Customer, customer.id()))
}

/// Deletes a customer and cancels their subscriptions.
pub(crate) fn remove(tx: &Tx<'_>, customer: &Object) -> Result<(), Error> {
    test_clock::use_clock_of(tx, customer)?;
    let subscriptions = Query::of(ObjectType::Subscription).with("customer", customer.id().to_owned());
    for subscription in tx.all(subscriptions)? {
        if subscription_status::require_not_ended(&subscription).is_ok() {
            cancellation::cancel(tx, &subscription, &Cancellation::REQUESTED)?;
        }
    }
    tx.delete(customer)?;
    tx.emit("customer.deleted", customer)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::Customer).filter(&mut call.params, &["email", "test_clock"])?;
    let query = query.filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
