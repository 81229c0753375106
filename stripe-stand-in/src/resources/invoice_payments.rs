//! `/v1/invoice_payments` (<https://docs.stripe.com/api/invoice-payment>): which payments belong to which invoice.

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object_type::ObjectType;

pub(crate) const ROUTES: &[Route] =
    &[Route::get("/v1/invoice_payments", list), Route::get("/v1/invoice_payments/{id}", retrieve)];

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::InvoicePayment, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut query = Query::of(ObjectType::InvoicePayment).filter(params, &["invoice", "status"])?;
    if let Some(mut payment) = params.hash("payment")? {
        payment.choice("type", &["payment_intent"])?;
        if let Some(intent) = payment.text("payment_intent")? {
            query = query.with("payment.payment_intent", intent);
        }
        payment.finish()?;
    }
    request::list(tx, query.filter_created(params)?, call)
}
