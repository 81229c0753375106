//! `/v1/balance_transactions` (<https://docs.stripe.com/api/balance_transactions>).

use crate::api::Route;
use crate::api::call::{self, Call, Reply};
use crate::error::Error;
use crate::ids::Kind;
use crate::store::{Query, Tx};

pub(crate) const ROUTES: &[Route] =
    &[Route::get("/v1/balance_transactions", list), Route::get("/v1/balance_transactions/{id}", retrieve)];

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    call::retrieve(tx, Kind::BalanceTransaction, call)
}

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let query = Query::of(Kind::BalanceTransaction).filter(&mut call.params, &["source", "type", "currency"])?;
    let query = query.filter_created(&mut call.params)?;
    call::list(tx, query, call)
}
