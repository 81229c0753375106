//! `/v1/payment_links` (<https://docs.stripe.com/api/payment_links>). A link stores the parameters of the checkout
//! sessions that its page creates.

use serde_json::{Map, Value, json};

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::resources::{checkout_sessions, line_items};
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/payment_links", create),
    Route::get("/v1/payment_links", list),
    Route::get("/v1/payment_links/{id}", retrieve),
    Route::post("/v1/payment_links/{id}", update),
    Route::get("/v1/payment_links/{id}/line_items", list_line_items),
];

/// Parameters that are passed on to the checkout sessions.
const SESSION_FIELDS: &[&str] = &[
    "allow_promotion_codes",
    "billing_address_collection",
    "customer_creation",
    "metadata",
    "payment_intent_data",
    "payment_method_collection",
    "payment_method_types",
    "submit_type",
    "subscription_data",
];

/// Parameters that are accepted and ignored.
const IGNORED: &[&str] = &[
    "automatic_tax",
    "consent_collection",
    "custom_fields",
    "custom_text",
    "invoice_creation",
    "name_collection",
    "optional_items",
    "payment_method_options",
    "phone_number_collection",
    "shipping_address_collection",
    "shipping_options",
    "tax_id_collection",
];

/// The hidden field with the parameters of the link's sessions.
const SESSION_PARAMS: &str = "session_params";

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let (mode, items) = read_items(tx, params)?;
    let id = ObjectType::PaymentLink.new_id();
    let url = format!("{}/b/{id}", tx.public_url);
    let after_completion = read_after_completion(params)?;
    let mut session_params = Map::new();
    session_params.insert("mode".to_owned(), json!(mode));
    session_params.insert("line_items".to_owned(), items);
    for field in SESSION_FIELDS {
        if let Some(value) = params.raw(field).filter(|value| !value.is_null()) {
            session_params.insert((*field).to_owned(), value);
        }
    }
    set_success_url(&mut session_params, &after_completion, &url);
    // Builds a session that is not stored, to refuse what the link's sessions would refuse.
    let session = checkout_sessions::blank_from_params(tx, Params::new(session_params.clone()))?;
    let mut link = blank(id, &url, &session);
    link.set("after_completion", after_completion);
    link.set_if_some("inactive_message", params.nullable_text("inactive_message")?);
    // Without the parameter, Stripe chooses the types and the link shows null.
    if session_params.contains_key("payment_method_types") {
        link.set("payment_method_types", session.get("payment_method_types").clone());
    }
    params.ignore(IGNORED);
    call.finish()?;
    link.set_hidden(SESSION_PARAMS, session_params);
    link.set_hidden("lines", session.hidden("lines").clone());
    tx.insert(&link)?;
    tx.emit("payment_link.created", &link)?;
    Ok(ApiResponse::object(&link))
}

/// Reads the mode of the link's sessions and their line items. Prices of `price_data` are stored.
fn read_items(tx: &Tx<'_>, params: &mut Params) -> Result<(&'static str, Value), Error> {
    let currency = params.currency("currency")?;
    let params_given =
        params.raw("line_items").filter(Value::is_object).ok_or_else(|| ApiError::missing_param("line_items"))?;
    let price = tx.find(ObjectType::Price, params_given["0"]["price"].as_str().unwrap_or_default())?;
    let recurs = params_given["0"]["price_data"]["recurring"].is_object()
        || price.is_some_and(|price| price.text("type") == "recurring");
    let mode = if recurs { "subscription" } else { "payment" };
    let mut tree = Map::new();
    tree.insert("line_items".to_owned(), params_given);
    let params_given = Params::new(tree).hashes("line_items")?.unwrap_or_default();
    let lines = line_items::read_line_items(tx, params_given, currency, mode)?;
    let item = |line: &Value| json!({ "price": line["price"]["id"], "quantity": line["quantity"].to_string() });
    let items = lines.items.iter().enumerate().map(|(at, line)| (at.to_string(), item(line)));
    Ok((mode, Value::Object(items.collect())))
}

/// Reads `after_completion`: a confirmation page, or a redirect to the merchant.
fn read_after_completion(params: &mut Params) -> Result<Value, ApiError> {
    let Some(mut params_given) = params.hash("after_completion")? else {
        return Ok(json!({ "hosted_confirmation": { "custom_message": null }, "type": "hosted_confirmation" }));
    };
    let kind = params_given.choice("type", &["hosted_confirmation", "redirect"])?;
    let kind = kind.ok_or_else(|| ApiError::missing_param(&params_given.full_name("type")))?;
    let mut details = params_given.hash(&kind)?.unwrap_or_else(|| Params::empty_named(params_given.full_name(&kind)));
    let details_json = if kind == "redirect" {
        let url = details.required_text("url")?;
        if !url.contains("://") {
            let message = "Not a valid URL: An explicit scheme (such as https) must be provided.";
            return Err(details.invalid("url", message).with_code("url_invalid"));
        }
        json!({ "url": url })
    } else {
        json!({ "custom_message": details.nullable_text("custom_message")?.unwrap_or_default() })
    };
    details.finish()?;
    params_given.finish()?;
    let mut after = Map::new();
    after.insert(kind.clone(), details_json);
    after.insert("type".to_owned(), json!(kind));
    Ok(Value::Object(after))
}

fn set_success_url(session_params: &mut Map<String, Value>, after_completion: &Value, url: &str) {
    let thanks = json!(format!("{url}/thanks"));
    let redirect = after_completion["redirect"].get("url");
    session_params.insert("success_url".to_owned(), redirect.cloned().unwrap_or(thanks));
}

/// A link whose sessions look like `session`.
fn blank(id: String, url: &str, session: &Object) -> Object {
    let is_subscription = session.text("mode") == "subscription";
    let or = |field: &str, default: &str| session.opt_text(field).unwrap_or(default).to_owned();
    let fields = json!({
        "active": true,
        "after_completion": null,
        "allow_promotion_codes": session.flag("allow_promotion_codes"),
        "application": null,
        "application_fee_amount": null,
        "application_fee_percent": null,
        "automatic_tax": { "enabled": false, "liability": null },
        "billing_address_collection": or("billing_address_collection", "auto"),
        "consent_collection": null,
        "currency": session.get("currency"),
        "custom_fields": [],
        "custom_text": {
            "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
        },
        "customer_creation": session.get("customer_creation"),
        "inactive_message": null,
        "invoice_creation": (!is_subscription).then(|| json!({ "enabled": false, "invoice_data": null })),
        "managed_payments": { "enabled": false },
        "metadata": session.get("metadata"),
        "on_behalf_of": null,
        "payment_intent_data": session.hidden("payment_intent_data"),
        "payment_method_collection": or("payment_method_collection", "if_required"),
        "payment_method_options": null,
        "payment_method_types": null,
        "phone_number_collection": { "enabled": false },
        "restrictions": null,
        "shipping_address_collection": null,
        "shipping_options": [],
        "submit_type": or("submit_type", "auto"),
        "subscription_data": session.hidden("subscription_data"),
        "tax_id_collection": { "enabled": false, "required": "never" },
        "transfer_data": null,
        "url": url,
    });
    Object::new(ObjectType::PaymentLink, id, fields)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = tx.load(ObjectType::PaymentLink, &call.id)?;
    let params = &mut call.params;
    let mut link = before.clone();
    let mut session_params = before.hidden(SESSION_PARAMS).as_object().cloned().unwrap_or_default();
    link.set_if_some("active", params.flag("active")?);
    link.set_if_some("inactive_message", params.nullable_text("inactive_message")?);
    if let Some(allowed) = params.flag("allow_promotion_codes")? {
        link.set("allow_promotion_codes", allowed);
        session_params.insert("allow_promotion_codes".to_owned(), json!(allowed.to_string()));
    }
    if params.has("after_completion") {
        let after_completion = read_after_completion(params)?;
        set_success_url(&mut session_params, &after_completion, before.text("url"));
        link.set("after_completion", after_completion);
    }
    if let Some(changes) = params.metadata()? {
        let metadata = merge_metadata(before.get("metadata"), changes);
        session_params.insert("metadata".to_owned(), metadata.clone());
        link.set("metadata", metadata);
    }
    params.ignore(IGNORED);
    call.finish()?;
    link.set_hidden(SESSION_PARAMS, session_params);
    tx.save_and_emit("payment_link.updated", &before, &link)?;
    Ok(ApiResponse::object(&link))
}

/// Creates a checkout session of a link, with an optional `client_reference_id` of the payer.
pub(crate) fn open_session(tx: &Tx<'_>, link: &Object, reference: Option<&str>) -> Result<Object, Error> {
    let mut params = link.hidden(SESSION_PARAMS).as_object().cloned().unwrap_or_default();
    if let Some(reference) = reference {
        params.insert("client_reference_id".to_owned(), json!(reference));
    }
    let mut session = checkout_sessions::blank_from_params(tx, Params::new(params))?;
    session.set("payment_link", link.id());
    tx.insert(&session)?;
    Ok(session)
}

/// The list for `expand[]=line_items`.
pub(crate) fn line_item_list(tx: &Tx<'_>, id: &str) -> Result<Value, Error> {
    let link = tx.load(ObjectType::PaymentLink, id)?;
    let url = format!("/v1/payment_links/{id}/line_items");
    Ok(request::list_response(&url, lines(&link), false).body)
}

fn lines(link: &Object) -> Vec<Value> {
    link.hidden("lines").as_array().cloned().unwrap_or_default()
}

fn list_line_items(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let link = tx.load(ObjectType::PaymentLink, &call.id)?;
    let page = request::read_page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    Ok(request::list_page_of(&url, &lines(&link), &page))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::PaymentLink, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::PaymentLink).filter_flag(&mut call.params, "active")?;
    request::list(tx, query, call)
}
