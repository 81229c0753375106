//! `/v1/checkout/sessions` (<https://docs.stripe.com/api/checkout/sessions>), payment mode: how a session starts, is
//! paid, and ends.

use serde_json::{Value, json};

use super::session_params::{self, details};
use super::{coupons, customers, payment_intents, promotion_codes};
use crate::stripe::api::Route;
use crate::stripe::api::call::{self, Call, Reply};
use crate::stripe::api::params::merged;
use crate::stripe::error::{Error, Refusal};
use crate::stripe::ids::Kind;
use crate::stripe::object::Object;
use crate::stripe::payments::attempt::{self, Outcome};
use crate::stripe::store::{Query, Tx};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/checkout/sessions", create),
    Route::get("/v1/checkout/sessions", list),
    Route::get("/v1/checkout/sessions/{id}", retrieve),
    Route::post("/v1/checkout/sessions/{id}", update),
    Route::get("/v1/checkout/sessions/{id}/line_items", line_items),
    Route::post("/v1/checkout/sessions/{id}/expire", expire),
];

/// What a payer gives besides the payment method.
pub(crate) struct Payer<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
}

/// Pays an open session; None when there was nothing to pay and it is complete.
pub(crate) fn pay(
    tx: &Tx<'_>,
    session: &mut Object,
    payer: &Payer<'_>,
    method: impl FnOnce() -> Result<Object, Error>,
) -> Result<Option<Outcome>, Error> {
    require_open(session, "paid")?;
    let known = session.at("/customer_details/email").as_str().map(str::to_owned);
    session.set("customer_details", details(payer.email.or(known.as_deref()), payer.name));
    if session.text("customer_creation") == "always" && session.get("customer").is_null() {
        let email = session.at("/customer_details/email").as_str();
        let customer = customers::from_checkout(tx, email, payer.name)?;
        session.set("customer", customer.id());
    }
    if session.int("amount_total") == 0 {
        complete(tx, session, "no_payment_required")?;
        return Ok(None);
    }
    let method = method()?;
    let mut intent = intent(tx, session)?;
    tx.save(session)?;
    attempt::pay(tx, &mut intent, &method).map(Some)
}

/// What an attempt to pay means for the session the intent belongs to, if any.
pub(crate) fn follow(tx: &Tx<'_>, intent: &Object, outcome: &Outcome) -> Result<(), Error> {
    let Some(mut session) = tx.find(Kind::Session, intent.hidden_text("session"))? else {
        return Ok(());
    };
    match outcome {
        // Held money has to be captured within days; Stripe calls the session unpaid until then.
        Outcome::Paid if intent.text("status") == "requires_capture" => complete(tx, &mut session, "unpaid"),
        Outcome::Paid => complete(tx, &mut session, "paid"),
        Outcome::Processing => complete(tx, &mut session, "unpaid"),
        // The payer may try again on the same page.
        Outcome::AsksToAuthenticate | Outcome::Declined(_) => Ok(()),
    }
}

/// What the end of a bank debit means for the session, which was complete and unpaid.
pub(crate) fn follow_settlement(tx: &Tx<'_>, intent: &Object, outcome: &Outcome) -> Result<(), Error> {
    let Some(mut session) = tx.find(Kind::Session, intent.hidden_text("session"))? else {
        return Ok(());
    };
    let event = match outcome {
        Outcome::Paid => {
            session.set("payment_status", "paid");
            "checkout.session.async_payment_succeeded"
        }
        _ => "checkout.session.async_payment_failed",
    };
    tx.save(&session)?;
    tx.emit(event, &session)
}

/// Whether the session exists and is open.
pub(crate) fn is_open(tx: &Tx<'_>, id: &str) -> Result<bool, Error> {
    Ok(tx.find(Kind::Session, id)?.is_some_and(|session| session.text("status") == "open"))
}

/// Ends every open session whose time is over.
pub(crate) fn expire_due(tx: &Tx<'_>) -> Result<(), Error> {
    let open = Query::of(Kind::Session).with("status", "open".to_owned());
    for mut session in tx.all(open.compare("expires_at", "<=", tx.now))? {
        end(tx, &mut session)?;
    }
    Ok(())
}

/// Where a completed session sends the payer.
pub(crate) fn success_url(session: &Object) -> String {
    session.text("success_url").replace("{CHECKOUT_SESSION_ID}", session.id())
}

/// The list that `expand[]=line_items` shows.
pub(crate) fn included_line_items(tx: &Tx<'_>, id: &str) -> Result<Value, Error> {
    let session = tx.load(Kind::Session, id)?;
    let url = format!("/v1/checkout/sessions/{id}/line_items");
    Ok(call::listed(&url, lines(&session), false).body)
}

/// Stripe's 400 for a step that needs an open session.
pub(crate) fn require_open(session: &Object, done: &str) -> Result<(), Refusal> {
    match session.text("status") {
        "open" => Ok(()),
        status => Err(Refusal::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be {done}. This Checkout Session has a status of \
             `{status}`."
        ))
        .param("session")),
    }
}

/// The payment intent, made at the first attempt as since API version 2022-08-01.
fn intent(tx: &Tx<'_>, session: &mut Object) -> Result<Object, Error> {
    if let Some(id) = session.opt_text("payment_intent") {
        return tx.load(Kind::PaymentIntent, id);
    }
    let mut intent = payment_intents::blank(tx, session.int("amount_total"), session.text("currency"));
    let data = session.hidden("payment_intent_data").clone();
    for (field, value) in data.as_object().into_iter().flatten() {
        if !value.is_null() {
            intent.set(field, value.clone());
        }
    }
    intent.set("customer", session.get("customer").clone());
    intent.set("payment_method_types", session.get("payment_method_types").clone());
    intent.hide("session", session.id());
    intent.hide("return_url", success_url(session));
    tx.insert(&intent)?;
    tx.emit("payment_intent.created", &intent)?;
    session.set("payment_intent", intent.id());
    Ok(intent)
}

fn complete(tx: &Tx<'_>, session: &mut Object, payment_status: &str) -> Result<(), Error> {
    session.set("status", "complete");
    session.set("payment_status", payment_status);
    session.set("url", Value::Null);
    for discount in session.get("discounts").as_array().into_iter().flatten() {
        coupons::redeem(tx, discount["coupon"].as_str().unwrap_or_default())?;
        promotion_codes::redeem(tx, discount["promotion_code"].as_str().unwrap_or_default())?;
    }
    tx.save(session)?;
    tx.emit("checkout.session.completed", session)
}

/// Expires an open session, and with it the payment intent of earlier attempts.
fn end(tx: &Tx<'_>, session: &mut Object) -> Result<(), Error> {
    session.set("status", "expired");
    session.set("url", Value::Null);
    tx.save(session)?;
    if let Some(mut intent) = tx.find(Kind::PaymentIntent, session.text("payment_intent"))? {
        attempt::cancel(tx, &mut intent, Some("expired"))?;
    }
    tx.emit("checkout.session.expired", session)
}

fn blank(now: i64, public_url: &str) -> Object {
    let id = Kind::Session.new_id();
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
    Object::new(Kind::Session, id, fields)
}

fn create(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    let mut session = blank(tx.now, tx.public_url);
    session_params::read(tx, &mut session, call.params)?;
    tx.insert(&session)?;
    Ok(Reply::object(&session))
}

fn update(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let mut session = tx.load(Kind::Session, &call.id)?;
    if let Some(changes) = call.params.metadata()? {
        let metadata = merged(session.get("metadata"), changes);
        session.set("metadata", metadata);
    }
    call.params.ignore(&["collected_information", "shipping_options"]);
    call.finish()?;
    tx.save(&session)?;
    Ok(Reply::object(&session))
}

fn expire(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    let mut session = tx.load(Kind::Session, &call.id)?;
    call.finish()?;
    require_open(&session, "expired")?;
    end(tx, &mut session)?;
    Ok(Reply::object(&session))
}

fn lines(session: &Object) -> Vec<Value> {
    session.hidden("lines").as_array().cloned().unwrap_or_default()
}

fn line_items(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let session = tx.load(Kind::Session, &call.id)?;
    let page = call::page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    let items = lines(&session);
    let start = match &page.starting_after {
        Some(id) => items.iter().position(|item| item["id"] == id.as_str()).map_or(items.len(), |at| at + 1),
        None => 0,
    };
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_more = items.len() > start + limit;
    Ok(call::listed(&url, items.into_iter().skip(start).take(limit).collect(), has_more))
}

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    call::retrieve(tx, Kind::Session, call)
}

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let params = &mut call.params;
    let mut query = Query::of(Kind::Session);
    query = query.filter(params, &["customer", "payment_intent", "payment_link", "status", "subscription"])?;
    query = query.filter_created(params)?;
    if let Some(mut customer) = params.hash("customer_details")? {
        if let Some(email) = customer.text("email")? {
            query = query.with("customer_details.email", email);
        }
        customer.finish()?;
    }
    call::list(tx, query, call)
}
