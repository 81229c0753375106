//! `/v1/invoices` (<https://docs.stripe.com/api/invoices>).

use serde_json::{Value, json};

use crate::resources::invoice_preview;
use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::billing::invoice_status::{self, UnpaidStatus};
use crate::rules::billing::invoices::{self, NewInvoice};
use crate::rules::billing::{collection, invoice_lines, invoice_payments};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::payment_methods;
use crate::state::query::Query;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::invoice;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/invoices", create),
    Route::get("/v1/invoices", list),
    Route::post("/v1/invoices/create_preview", invoice_preview::create),
    Route::get("/v1/invoices/{id}", retrieve),
    Route::post("/v1/invoices/{id}", update),
    Route::delete("/v1/invoices/{id}", delete),
    Route::get("/v1/invoices/{id}/lines", list_lines),
    Route::post("/v1/invoices/{id}/finalize", finalize),
    Route::post("/v1/invoices/{id}/pay", pay),
    Route::post("/v1/invoices/{id}/void", void),
    Route::post("/v1/invoices/{id}/mark_uncollectible", mark_uncollectible),
];

/// Creates a manual invoice from the customer's pending invoice items.
fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let customer = params.required_text("customer")?;
    let customer = tx.load_param(ObjectType::Customer, &customer, "customer")?;
    test_clock::use_clock_of(tx, &customer)?;
    let subscription = params.text("subscription")?;
    let behavior = params.choice("pending_invoice_items_behavior", &["exclude", "include"])?;
    let items = match (behavior.as_deref(), &subscription) {
        (Some("include"), _) | (_, Some(_)) => {
            invoice_lines::pending_invoice_items(tx, customer.id(), subscription.as_deref())?
        }
        _ => Vec::new(),
    };
    let currency = params.currency("currency")?;
    let currency = items.first().map(|item| item.text("currency").to_owned()).or(currency);
    let currency = currency.unwrap_or_else(|| "usd".to_owned());
    let subscription =
        subscription.map(|id| tx.load_param(ObjectType::Subscription, &id, "subscription")).transpose()?;
    let lines = items.iter().map(invoice_lines::from_invoice_item).collect();
    let period = (tx.now(), tx.now());
    let subscription = subscription.as_ref();
    let new_invoice =
        NewInvoice { customer: &customer, subscription, reason: "manual", currency: &currency, lines, period };
    let mut invoice = invoices::draft(tx, new_invoice)?;
    // Stripe does not finalize manual invoices automatically.
    invoice.set("auto_advance", false);
    apply(tx, &mut invoice, params)?;
    call.finish()?;
    invoices::insert(tx, &invoice)?;
    Ok(ApiResponse::object(&invoice))
}

fn apply(tx: &Tx<'_>, invoice: &mut Object, params: &mut Params) -> Result<(), Error> {
    params.choice("collection_method", &["charge_automatically"])?;
    invoice.set_if_some("description", params.nullable_text("description")?);
    invoice.set_if_some("footer", params.nullable_text("footer")?);
    if let Some(method_id) = params.nullable_text("default_payment_method")? {
        if let Some(id) = method_id.as_str() {
            payment_methods::require_attached_to(tx, id, invoice.text("customer"), "default_payment_method")?;
        }
        invoice.set("default_payment_method", method_id);
    }
    if let Some(advances) = params.flag("auto_advance")? {
        invoice.set("auto_advance", advances);
        if advances && invoice.text("status") == "draft" {
            invoices::finalize_in_an_hour(tx, invoice);
        }
    }
    if let Some(changes) = params.metadata()? {
        invoice.set("metadata", merge_metadata(invoice.get("metadata"), changes));
    }
    params.ignore(&["automatic_tax", "custom_fields", "payment_settings", "rendering", "statement_descriptor"]);
    Ok(())
}

/// Loads an invoice, and uses the time of its test clock.
fn load(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    let invoice = tx.load(ObjectType::Invoice, id)?;
    test_clock::use_clock_of(tx, &invoice)?;
    Ok(invoice)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let before = load(tx, &call.id)?;
    let mut invoice = before.clone();
    apply(tx, &mut invoice, &mut call.params)?;
    call.finish()?;
    tx.save_and_emit("invoice.updated", &before, &invoice)?;
    Ok(ApiResponse::object(&invoice))
}

fn delete(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let invoice = tx.load(ObjectType::Invoice, &call.id)?;
    call.finish()?;
    let is_manual = invoice.text("billing_reason") == "manual";
    if invoice.text("status") != "draft" || !is_manual {
        let message = "You can only delete draft invoices that are not created by subscriptions.";
        return Err(ApiError::invalid_request(message).with_code("invoice_not_editable").into());
    }
    tx.delete(&invoice)?;
    tx.emit("invoice.deleted", &invoice)?;
    Ok(ApiResponse::deleted(ObjectType::Invoice, invoice.id()))
}

fn finalize(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut invoice = load(tx, &call.id)?;
    invoice.set_if_some("auto_advance", call.params.flag("auto_advance")?);
    call.finish()?;
    invoice_status::finalize(tx, &mut invoice)?;
    Ok(ApiResponse::object(&invoice))
}

fn pay(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut invoice = load(tx, &call.id)?;
    let method_id = call.params.text("payment_method")?.or(call.params.text("source")?);
    let out_of_band = call.params.flag("paid_out_of_band")?.unwrap_or(false);
    call.params.ignore(&["forgive", "mandate", "off_session"]);
    call.finish()?;
    if invoice.text("status") == "draft" {
        invoice_status::finalize(tx, &mut invoice)?;
    }
    if invoice.text("status") == "paid" {
        // With nothing due, finalizing has already marked the invoice as paid. Otherwise it was paid before.
        return match invoice.int("amount_due") {
            0 => Ok(ApiResponse::object(&invoice)),
            _ => Err(ApiError::invalid_request("Invoice is already paid").into()),
        };
    }
    if out_of_band {
        invoice.set_hidden("out_of_band", true);
        invoice_payments::cancel_payments(tx, &invoice)?;
        invoice_status::mark_paid(tx, &mut invoice, None)?;
        return Ok(ApiResponse::object(&invoice));
    }
    let method = match method_id {
        Some(id) => Some(payment_methods::resolve(tx, &id, "payment_method")?),
        None => invoice_payments::method_of_invoice(tx, &invoice)?,
    };
    let outcome = collection::pay(tx, &invoice, &method.ok_or_else(invoice_payments::no_payment_method_error)?)?;
    payment_response(tx, &invoice, outcome)
}

/// A declined card, or one that needs authentication, is an error response. What the attempt changed stays.
fn payment_response(tx: &Tx<'_>, invoice: &Object, outcome: Outcome) -> Result<ApiResponse, Error> {
    match outcome {
        Outcome::Declined(api_error) => Ok(ApiResponse::error(&api_error)),
        Outcome::RequiresAction => {
            let message = "This invoice requires additional user action before it can be paid.";
            Ok(ApiResponse::error(&ApiError::card_error("invoice_payment_intent_requires_action", None, message)))
        }
        Outcome::Paid | Outcome::Processing => Ok(ApiResponse::object(&tx.load(ObjectType::Invoice, invoice.id())?)),
    }
}

fn void(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    close_unpaid(tx, call, UnpaidStatus::Void)
}

fn mark_uncollectible(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    close_unpaid(tx, call, UnpaidStatus::Uncollectible)
}

fn close_unpaid(tx: &Tx<'_>, call: ApiCall, unpaid_status: UnpaidStatus) -> Result<ApiResponse, Error> {
    let mut invoice = load(tx, &call.id)?;
    call.finish()?;
    if unpaid_status == UnpaidStatus::Void {
        invoice_payments::require_not_processing(tx, &invoice)?;
    }
    invoice_status::close_unpaid(tx, &mut invoice, unpaid_status)?;
    Ok(ApiResponse::object(&invoice))
}

/// The list for `expand[]=payments`.
pub(crate) fn payment_list(tx: &Tx<'_>, id: &str) -> Result<Value, Error> {
    let payments = invoice_payments::payments(tx, id)?;
    let url = format!("/v1/invoice_payments?invoice={id}");
    Ok(request::list_response(&url, payments.iter().map(Object::to_public_json).collect(), false).body)
}

/// The value for `expand[]=confirmation_secret`: the client secret of the payment intent.
pub(crate) fn confirmation_secret(tx: &Tx<'_>, id: &str) -> Result<Value, Error> {
    let invoice = tx.load(ObjectType::Invoice, id)?;
    let intent = tx.find(ObjectType::PaymentIntent, invoice.hidden_text("intent"))?;
    Ok(intent.map_or(
        Value::Null,
        |intent| json!({ "client_secret": intent.get("client_secret"), "type": "payment_intent" }),
    ))
}

fn list_lines(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let invoice = tx.load(ObjectType::Invoice, &call.id)?;
    let page = request::read_page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    Ok(request::list_page_of(&url, invoice::lines(&invoice), &page))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::Invoice, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::Invoice).filter(params, &["collection_method", "customer", "status"])?;
    query = query.filter_created(params)?;
    if let Some(subscription) = params.text("subscription")? {
        query = query.with(invoice::SUBSCRIPTION_PATH, subscription);
    }
    request::list(tx, query, call)
}
