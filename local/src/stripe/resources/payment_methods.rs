//! `/v1/payment_methods` (<https://docs.stripe.com/api/payment_methods>): cards, and bank debits of the kinds
//! that settle days later. A card's number is looked at once and never kept.

use serde_json::{Value, json};

use crate::stripe::api::Route;
use crate::stripe::api::call::{self, Call, Reply};
use crate::stripe::api::params::{Params, merged};
use crate::stripe::error::{Error, Refusal};
use crate::stripe::ids::Kind;
use crate::stripe::object::Object;
use crate::stripe::payments::cards::{self, TestCard};
use crate::stripe::store::{Query, Tx};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/payment_methods", create).for_payers(),
    Route::get("/v1/payment_methods", list),
    Route::get("/v1/payment_methods/{id}", retrieve),
    Route::post("/v1/payment_methods/{id}", update),
    Route::post("/v1/payment_methods/{id}/attach", attach),
    Route::post("/v1/payment_methods/{id}/detach", detach),
];

/// The kinds of bank debit that the stand-in knows.
pub(crate) const BANK_DEBITS: &[&str] = &["us_bank_account", "sepa_debit", "bacs_debit"];

/// How a bank debit ends.
const SETTLES_BY_HAND: &str = "by_hand";

/// A new payment method of a test card.
pub(crate) fn card(tx: &Tx<'_>, card: &TestCard, expiry: Expiry, billing: Value) -> Result<Object, Error> {
    let fields = json!({
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        "card": {
            "brand": card.brand,
            "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
            "country": "US",
            "display_brand": card.brand,
            "exp_month": expiry.month,
            "exp_year": expiry.year,
            "fingerprint": format!("StandIn{}", card.last4()),
            "funding": "credit",
            "generated_from": null,
            "last4": card.last4(),
            "networks": { "available": [card.brand], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        },
        "created": tx.now,
        "customer": null,
        "customer_account": null,
        "metadata": {},
        "type": "card",
    });
    let mut method = Object::new(Kind::PaymentMethod, Kind::PaymentMethod.new_id(), fields);
    method.hide("card", card.name());
    tx.insert(&method)?;
    Ok(method)
}

/// A new bank debit of one of [`BANK_DEBITS`]; `outcome` is `by_hand`, `succeeds` or `fails`.
fn bank_debit(tx: &Tx<'_>, kind: &str, last4: &str, outcome: &str, billing: Value) -> Result<Object, Error> {
    let details = match kind {
        "us_bank_account" => json!({
            "account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
            "fingerprint": "StandInBank", "last4": last4, "routing_number": "110000000",
        }),
        "sepa_debit" => json!({
            "bank_code": "19043", "branch_code": "", "country": "AT", "fingerprint": "StandInBank",
            "generated_from": { "charge": null, "setup_attempt": null }, "last4": last4,
        }),
        _ => json!({ "fingerprint": "StandInBank", "last4": last4, "sort_code": "108800" }),
    };
    let mut method = Object::new(
        Kind::PaymentMethod,
        Kind::PaymentMethod.new_id(),
        json!({
            "allow_redisplay": "unspecified",
            "billing_details": billing,
            "created": tx.now,
            "customer": null,
            "customer_account": null,
            "metadata": {},
            "type": kind,
        }),
    );
    method.set(kind, details);
    method.hide("settles", outcome);
    tx.insert(&method)?;
    Ok(method)
}

/// The bank debit of the hosted page, which a button settles.
pub(crate) fn page_bank_debit(tx: &Tx<'_>, kind: &str, billing: Value) -> Result<Object, Error> {
    bank_debit(tx, kind, "6789", SETTLES_BY_HAND, billing)
}

/// A card's expiry.
#[derive(Clone, Copy)]
pub(crate) struct Expiry {
    month: i64,
    year: i64,
}

impl Expiry {
    /// Checks a month and a year of two or four digits against the time `now` in unix seconds.
    pub(crate) fn new(month: i64, year: i64, now: i64) -> Result<Expiry, Refusal> {
        let year = if year < 100 { year + 2000 } else { year };
        let today = jiff::Timestamp::from_second(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        if !(1..=12).contains(&month) {
            let message = "Your card's expiration month is invalid.";
            return Err(Refusal::card("invalid_expiry_month", None, message).param("exp_month"));
        }
        let (this_year, this_month) = (i64::from(today.year()), i64::from(today.month()));
        if year > this_year + 50 || (year, month) < (this_year, this_month) {
            let message = "Your card's expiration year is invalid.";
            return Err(Refusal::card("invalid_expiry_year", None, message).param("exp_year"));
        }
        Ok(Expiry { month, year })
    }

    /// A year from now, for tokens.
    pub(crate) fn of_token(now: i64) -> Expiry {
        let today = jiff::Timestamp::from_second(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        Expiry { month: i64::from(today.month()), year: i64::from(today.year()) + 1 }
    }
}

/// The stored payment method of an id; a token such as `pm_card_visa` makes a new one.
pub(crate) fn resolve(tx: &Tx<'_>, id: &str, param: &str) -> Result<Object, Error> {
    match id.strip_prefix("pm_card_").and_then(cards::named) {
        Some(found) => card(tx, found, Expiry::of_token(tx.now), no_billing_details()),
        None => tx.load_param(Kind::PaymentMethod, id, param),
    }
}

/// Billing details of which nothing is known.
pub(crate) fn no_billing_details() -> Value {
    json!({ "address": no_address(), "email": null, "name": null, "phone": null, "tax_id": null })
}

fn no_address() -> Value {
    json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null })
}

fn create(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let method = from_params(tx, &mut call.params)?;
    call.finish()?;
    Ok(Reply::object(&method))
}

/// Makes a payment method from `type` and the hash of that name.
pub(crate) fn from_params(tx: &Tx<'_>, params: &mut Params) -> Result<Object, Error> {
    let kind = params.required("type")?;
    let billing = billing_details(params.hash("billing_details")?, no_billing_details())?;
    let metadata = params.metadata()?;
    params.ignore(&["allow_redisplay", "radar_options"]);
    let details = params.hash(&kind)?.unwrap_or_default();
    let mut method = match kind.as_str() {
        "card" => card_from(tx, details, billing)?,
        kind if BANK_DEBITS.contains(&kind) => bank_debit_from(tx, kind, details, billing)?,
        _ => return Err(params.invalid("type", "The stand-in takes cards and bank debits only.").into()),
    };
    if let Some(changes) = metadata {
        method.set("metadata", merged(&Value::Null, changes));
        tx.save(&method)?;
    }
    Ok(method)
}

fn card_from(tx: &Tx<'_>, mut details: Params, billing: Value) -> Result<Object, Error> {
    if let Some(token) = details.text("token")? {
        details.finish()?;
        let found = token.strip_prefix("tok_").and_then(cards::named);
        let message = || Refusal::invalid(format!("No such token: '{token}'")).code("resource_missing");
        return card(tx, found.ok_or_else(message)?, Expiry::of_token(tx.now), billing);
    }
    let found = cards::typed(&details.required("number")?)?;
    let (month, year) = (details.integer("exp_month")?, details.integer("exp_year")?);
    let missing = |name: &str| Refusal::missing_param(&details.name(name));
    let month = month.ok_or_else(|| missing("exp_month"))?;
    let year = year.ok_or_else(|| missing("exp_year"))?;
    let expiry = Expiry::new(month, year, tx.now)?;
    details.ignore(&["cvc", "networks"]);
    details.finish()?;
    card(tx, found, expiry, billing)
}

/// Stripe's test IBANs settle by themselves (<https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration>).
fn bank_debit_from(tx: &Tx<'_>, kind: &str, mut details: Params, billing: Value) -> Result<Object, Error> {
    let account = match kind {
        "sepa_debit" => details.required("iban")?,
        _ => details.text("account_number")?.unwrap_or_else(|| "000123456789".to_owned()),
    };
    details.ignore(&["account_holder_type", "account_type", "routing_number", "sort_code"]);
    details.finish()?;
    let account: String = account.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let outcome = match account.as_str() {
        "AT611904300234573201" | "AT321904300235473204" => "succeeds",
        "AT861904300235473202" => "fails",
        _ => SETTLES_BY_HAND,
    };
    let last4 = account.get(account.len().saturating_sub(4)..).unwrap_or_default();
    bank_debit(tx, kind, last4, outcome, billing)
}

fn billing_details(params: Option<Params>, mut current: Value) -> Result<Value, Refusal> {
    let Some(mut params) = params else {
        return Ok(current);
    };
    for field in ["email", "name", "phone", "tax_id"] {
        if let Some(value) = params.nullable(field)? {
            current[field] = value;
        }
    }
    if let Some(mut address) = params.hash("address")? {
        let mut known = no_address();
        for field in ["city", "country", "line1", "line2", "postal_code", "state"] {
            known[field] = address.nullable(field)?.unwrap_or_default();
        }
        address.finish()?;
        current["address"] = known;
    }
    params.finish()?;
    Ok(current)
}

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    let method = resolve(tx, &call.id, "payment_method")?;
    call.finish()?;
    Ok(Reply::object(&method))
}

fn update(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let before = tx.load(Kind::PaymentMethod, &call.id)?;
    let mut method = before.clone();
    let billing = billing_details(call.params.hash("billing_details")?, before.get("billing_details").clone())?;
    method.set("billing_details", billing);
    if let Some(changes) = call.params.metadata()? {
        method.set("metadata", merged(before.get("metadata"), changes));
    }
    call.finish()?;
    tx.save_and_emit("payment_method.updated", &before, &method)?;
    Ok(Reply::object(&method))
}

fn attach(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let customer = call.params.required("customer")?;
    tx.load_param(Kind::Customer, &customer, "customer")?;
    let mut method = resolve(tx, &call.id, "payment_method")?;
    call.finish()?;
    if method.opt_text("customer").is_some_and(|owner| owner != customer) {
        let message = "The payment method you provided has already been attached to a customer.";
        return Err(Refusal::invalid(message).code("resource_already_exists").into());
    }
    method.set("customer", customer);
    tx.save(&method)?;
    tx.emit("payment_method.attached", &method)?;
    Ok(Reply::object(&method))
}

fn detach(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    let before = tx.load(Kind::PaymentMethod, &call.id)?;
    call.finish()?;
    if before.opt_text("customer").is_none() {
        let message = "The payment method you provided is not attached to a customer so detachment is impossible.";
        return Err(Refusal::invalid(message).into());
    }
    let mut method = before.clone();
    method.set("customer", Value::Null);
    tx.save_and_emit("payment_method.detached", &before, &method)?;
    Ok(Reply::object(&method))
}

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let query = Query::of(Kind::PaymentMethod).filter(&mut call.params, &["customer", "type"])?;
    // Methods that were used once and belong to nobody are not listed.
    let query = query.and("json_extract(body, '$.customer') is not null");
    call::list(tx, query, call)
}
