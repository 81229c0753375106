//! `/v1/balance_transactions` (<https://docs.stripe.com/api/balance_transactions>).

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object_type::ObjectType;

pub(crate) const ROUTES: &[Route] =
    &[Route::get("/v1/balance_transactions", list), Route::get("/v1/balance_transactions/{id}", retrieve)];

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::BalanceTransaction, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::BalanceTransaction).filter(&mut call.params, &["source", "type", "currency"])?;
    let query = query.filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
