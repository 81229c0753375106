//! `/v1/invoiceitems` (<https://docs.stripe.com/api/invoiceitems>): pending amounts for an invoice, created by the
//! API or by a proration.

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::billing::{invoice_lines, invoices};
use crate::state::query::Query;
use crate::state::test_clock;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object_type::ObjectType;
use crate::values::objects::invoice;
use crate::values::params::merge_metadata;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/invoiceitems", create),
    Route::get("/v1/invoiceitems", list),
    Route::get("/v1/invoiceitems/{id}", retrieve),
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let customer = params.required_text("customer")?;
    let customer = tx.load_param(ObjectType::Customer, &customer, "customer")?;
    test_clock::use_clock_of(tx, &customer)?;
    let currency = params.currency("currency")?.ok_or_else(|| ApiError::missing_param("currency"))?;
    let amount = params.integer("amount")?.ok_or_else(|| ApiError::missing_param("amount"))?;
    let invoice_id = params.text("invoice")?;
    let mut item = invoice_lines::blank_invoice_item(tx, &customer, &currency, amount, (tx.now(), tx.now()));
    item.set_if_some("description", params.nullable_text("description")?);
    item.set_if_some("discountable", params.flag("discountable")?);
    if let Some(changes) = params.metadata()? {
        item.set("metadata", merge_metadata(item.get("metadata"), changes));
    }
    call.finish()?;
    tx.insert(&item)?;
    if let Some(id) = invoice_id {
        let before = tx.load_param(ObjectType::Invoice, &id, "invoice")?;
        invoices::require_status(&before, &["draft"], "changed")?;
        item.set("invoice", before.id());
        tx.save(&item)?;
        let mut invoice = before.clone();
        let mut lines = invoice::lines(&before).to_vec();
        lines.push(invoice_lines::from_invoice_item(&item));
        invoices::set_lines(&mut invoice, lines);
        tx.save_and_emit("invoice.updated", &before, &invoice)?;
    }
    tx.emit("invoiceitem.created", &item)?;
    Ok(ApiResponse::object(&item))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::InvoiceItem, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::InvoiceItem).filter(params, &["customer", "invoice"])?;
    query = query.filter_created(params)?;
    if params.flag("pending")?.unwrap_or(false) {
        query = query.and_sql("json_extract(body, '$.invoice') is null");
    }
    request::list(tx, query, call)
}
