//! `/v1/subscription_items` (<https://docs.stripe.com/api/subscription_items>), to read. They are changed through their
//! subscription.

use crate::stripe::api::Route;
use crate::stripe::api::call::{self, Call, Reply};
use crate::stripe::billing::items;
use crate::stripe::error::{Error, Refusal};
use crate::stripe::ids::Kind;
use crate::stripe::store::{Query, Tx};

pub(crate) const ROUTES: &[Route] =
    &[Route::get("/v1/subscription_items", list), Route::get("/v1/subscription_items/{id}", retrieve)];

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let subscription = call.params.required("subscription")?;
    let subscription = tx.load_param(Kind::Subscription, &subscription, "subscription")?;
    let page = call::page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    Ok(call::listed_part(&url, items::of(&subscription), &page))
}

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    let id = call.id.clone();
    call.finish()?;
    for subscription in tx.all(Query::of(Kind::Subscription))? {
        if let Some(item) = items::of(&subscription).iter().find(|item| item["id"] == id.as_str()) {
            return Ok(Reply { status: 200, body: item.clone() });
        }
    }
    let message = format!("No such subscription_item: '{id}'");
    let refusal = Refusal { status: 404, ..Refusal::invalid(message) };
    Err(refusal.code("resource_missing").param("item").into())
}
