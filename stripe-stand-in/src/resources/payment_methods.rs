//! `/v1/payment_methods` (<https://docs.stripe.com/api/payment_methods>): cards, bank debits and
//! bank transfers. A card number is read once and never stored.

use serde_json::Value;

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::payments::payment_methods::{self, Expiry};
use crate::rules::payments::test_cards::{self, TestCard};
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/payment_methods", create).allow_publishable_key(),
    Route::get("/v1/payment_methods", list),
    Route::get("/v1/payment_methods/{id}", retrieve),
    Route::post("/v1/payment_methods/{id}", update),
    Route::post("/v1/payment_methods/{id}/attach", attach),
    Route::post("/v1/payment_methods/{id}/detach", detach),
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let method = create_from_params(tx, &mut call.params)?;
    call.finish()?;
    Ok(ApiResponse::object(&method))
}

/// Creates a payment method from `type` and the hash of that name.
pub(crate) fn create_from_params(tx: &Tx<'_>, params: &mut Params) -> Result<Object, Error> {
    let kind = params.required_text("type")?;
    let billing = read_billing_details(params.hash("billing_details")?, payment_methods::empty_billing_details())?;
    let metadata = params.metadata()?;
    params.ignore(&["allow_redisplay", "radar_options"]);
    let details = params.hash(&kind)?.unwrap_or_default();
    let mut method = match kind.as_str() {
        "card" => create_card(tx, details, billing)?,
        kind if payment_methods::BANK_DEBITS.contains(&kind) => create_bank_debit(tx, kind, details, billing)?,
        "customer_balance" => {
            details.finish()?;
            payment_methods::create_customer_balance(tx, billing)?
        }
        _ => {
            let message = "The stand-in supports cards, bank debits and customer_balance only.";
            return Err(params.invalid("type", message).into());
        }
    };
    if let Some(changes) = metadata {
        method.set("metadata", merge_metadata(&Value::Null, changes));
        tx.save(&method)?;
    }
    Ok(method)
}

/// Reads the payment method from `payment_method` or `payment_method_data`.
pub(super) fn read_method(tx: &Tx<'_>, params: &mut Params) -> Result<Option<Object>, Error> {
    if let Some(mut data) = params.hash("payment_method_data")? {
        let method = create_from_params(tx, &mut data)?;
        data.finish()?;
        return Ok(Some(method));
    }
    let id = params.text("payment_method")?;
    id.map(|id| payment_methods::resolve(tx, &id, "payment_method")).transpose()
}

fn create_card(tx: &Tx<'_>, mut details: Params, billing: Value) -> Result<Object, Error> {
    if let Some(token) = details.text("token")? {
        details.finish()?;
        let mut method = payment_methods::create_from_token(tx, &token)?;
        method.set("billing_details", billing);
        tx.save(&method)?;
        return Ok(method);
    }
    let (card, expiry) = read_card(tx, details)?;
    payment_methods::create_card(tx, card, expiry, billing)
}

/// Reads the number and the expiry of a card.
pub(super) fn read_card(tx: &Tx<'_>, mut details: Params) -> Result<(&'static TestCard, Expiry), Error> {
    let card = test_cards::by_number(&details.required_text("number")?)?;
    let (month, year) = (details.integer("exp_month")?, details.integer("exp_year")?);
    let missing = |name: &str| ApiError::missing_param(&details.full_name(name));
    let month = month.ok_or_else(|| missing("exp_month"))?;
    let year = year.ok_or_else(|| missing("exp_year"))?;
    let expiry = Expiry::new(month, year, tx.now())?;
    details.ignore(&["cvc", "networks"]);
    details.finish()?;
    Ok((card, expiry))
}

/// Creates a bank debit. Stripe's test IBANs settle automatically, and so does the failing one of its CLI
/// (<https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration>).
fn create_bank_debit(tx: &Tx<'_>, kind: &str, mut details: Params, billing: Value) -> Result<Object, Error> {
    let account = match kind {
        "sepa_debit" => details.required_text("iban")?,
        _ => details.text("account_number")?.unwrap_or_else(|| "000123456789".to_owned()),
    };
    details.ignore(&["account_holder_type", "account_type", "routing_number", "sort_code"]);
    details.finish()?;
    let account: String = account.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let outcome = match account.as_str() {
        "AT611904300234573201" | "AT321904300235473204" => "succeeds",
        "AT861904300235473202" | "IT60X0542811101000000123456" => "fails",
        _ => payment_methods::SETTLES_MANUALLY,
    };
    let last4 = account.get(account.len().saturating_sub(4)..).unwrap_or_default();
    payment_methods::create_bank_debit(tx, kind, last4, outcome, billing)
}

fn read_billing_details(params: Option<Params>, mut current: Value) -> Result<Value, ApiError> {
    let Some(mut params) = params else {
        return Ok(current);
    };
    for field in ["email", "name", "phone", "tax_id"] {
        if let Some(value) = params.nullable_text(field)? {
            current[field] = value;
        }
    }
    if let Some(mut address) = params.hash("address")? {
        let mut known = payment_methods::empty_address();
        for field in ["city", "country", "line1", "line2", "postal_code", "state"] {
            known[field] = address.nullable_text(field)?.unwrap_or_default();
        }
        address.finish()?;
        current["address"] = known;
    }
    params.finish()?;
    Ok(current)
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let method = payment_methods::resolve(tx, &call.id, "payment_method")?;
    call.finish()?;
    Ok(ApiResponse::object(&method))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::PaymentMethod, &call.id)?;
    let mut method = before.clone();
    let billing = read_billing_details(call.params.hash("billing_details")?, before.get("billing_details").clone())?;
    method.set("billing_details", billing);
    if let Some(changes) = call.params.metadata()? {
        method.set("metadata", merge_metadata(before.get("metadata"), changes));
    }
    call.finish()?;
    tx.save_and_emit("payment_method.updated", &before, &method)?;
    Ok(ApiResponse::object(&method))
}

fn attach(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let customer = call.params.required_text("customer")?;
    tx.load_param(ObjectType::Customer, &customer, "customer")?;
    let mut method = payment_methods::resolve(tx, &call.id, "payment_method")?;
    call.finish()?;
    payment_methods::attach(tx, &mut method, &customer)?;
    Ok(ApiResponse::object(&method))
}

fn detach(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::PaymentMethod, &call.id)?;
    call.finish()?;
    if before.opt_text("customer").is_none() {
        let message = "The payment method you provided is not attached to a customer so detachment is impossible.";
        return Err(ApiError::invalid_request(message).into());
    }
    let mut method = before.clone();
    method.set("customer", Value::Null);
    tx.save_and_emit("payment_method.detached", &before, &method)?;
    Ok(ApiResponse::object(&method))
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::PaymentMethod).filter(&mut call.params, &["customer", "type"])?;
    // Payment methods without a customer are not listed.
    let query = query.and_sql("json_extract(body, '$.customer') is not null");
    request::list(tx, query, call)
}
