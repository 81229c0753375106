//! `/v1/subscription_items` (<https://docs.stripe.com/api/subscription_items>), to read, and the parameter `items` of
//! subscriptions, through which they are changed.

use serde_json::{Value, json};

use crate::resources::line_items;
use crate::resources::request::{self, Call, Reply};
use crate::resources::route::Route;
use crate::rules::billing::amounts;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{Error, Refusal};
use crate::values::object::Object;
use crate::values::object_type::Kind;
use crate::values::objects::subscription_item;
use crate::values::params::{Params, merged};

pub(crate) const ROUTES: &[Route] =
    &[Route::get("/v1/subscription_items", list), Route::get("/v1/subscription_items/{id}", retrieve)];

/// An item of a new subscription, or one that is added to it.
pub(super) fn read(tx: &Tx<'_>, subscription: &str, mut params: Params) -> Result<Value, Error> {
    let price = recurring_price(tx, &mut params)?.ok_or_else(|| Refusal::missing_param(&params.name("price")))?;
    let quantity = quantity(&mut params)?.unwrap_or(1);
    let metadata = params.metadata()?.unwrap_or_default();
    params.ignore(&["billing_thresholds", "tax_rates"]);
    params.finish()?;
    Ok(subscription_item::new(tx.now(), subscription, &price, quantity, metadata))
}

fn quantity(params: &mut Params) -> Result<Option<i64>, Refusal> {
    match params.integer("quantity")? {
        Some(quantity) if quantity < 0 => {
            Err(params.invalid("quantity", "This value must be greater than or equal to 0."))
        }
        quantity => Ok(quantity),
    }
}

/// The price that `price`, `price_data` or the older `plan` gives.
fn recurring_price(tx: &Tx<'_>, params: &mut Params) -> Result<Option<Object>, Error> {
    let plan = params.text("plan")?;
    let price = match plan {
        Some(plan) => tx.load_param(Kind::Price, &plan, &params.name("plan"))?,
        None if params.has("price") || params.has("price_data") => line_items::price(tx, params)?,
        None => return Ok(None),
    };
    let refuse = |message: &str| Err(params.invalid("price", message).into());
    if price.text("type") != "recurring" {
        return refuse(
            "The price specified is set to `type=one_time` but this field only accepts prices with \
            `type=recurring`.",
        );
    }
    if let Some(message) = line_items::refuses(tx, &price)? {
        return refuse(message);
    }
    Ok(Some(price))
}

/// The items of `before` after `items`: changed and deleted by their id, added without one.
pub(super) fn changed(tx: &Tx<'_>, before: &Object, params: Vec<Params>) -> Result<Vec<Value>, Error> {
    let mut items = subscription_item::of(before).to_vec();
    for mut params in params {
        let Some(id) = params.text("id")? else {
            items.push(read(tx, before.id(), params)?);
            continue;
        };
        let Some(at) = items.iter().position(|item| item["id"] == id.as_str()) else {
            let message = format!("The subscription item `{id}` is not one of this subscription.");
            return Err(params.invalid("id", &message).code("resource_missing").into());
        };
        if params.flag("deleted")?.unwrap_or(false) {
            items.remove(at);
        } else {
            change_item(tx, &mut items[at], &mut params)?;
        }
        params.ignore(&["billing_thresholds", "clear_usage", "tax_rates"]);
        params.finish()?;
    }
    subscription_item::interval(&items)?;
    amounts::total(tx, &items, before.text("currency"))?;
    Ok(items)
}

fn change_item(tx: &Tx<'_>, item: &mut Value, params: &mut Params) -> Result<(), Error> {
    if let Some(price) = recurring_price(tx, params)? {
        subscription_item::set_price(item, &price);
    }
    if let Some(quantity) = quantity(params)? {
        item["quantity"] = json!(quantity);
    }
    if let Some(changes) = params.metadata()? {
        item["metadata"] = merged(&item["metadata"], changes);
    }
    Ok(())
}

fn list(tx: &Tx<'_>, mut call: Call) -> Result<Reply, Error> {
    let subscription = call.params.required("subscription")?;
    let subscription = tx.load_param(Kind::Subscription, &subscription, "subscription")?;
    let page = request::page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    Ok(request::listed_part(&url, subscription_item::of(&subscription), &page))
}

fn retrieve(tx: &Tx<'_>, call: Call) -> Result<Reply, Error> {
    let id = call.id.clone();
    call.finish()?;
    for subscription in tx.all(Query::of(Kind::Subscription))? {
        if let Some(item) = subscription_item::of(&subscription).iter().find(|item| item["id"] == id.as_str()) {
            return Ok(Reply { status: 200, body: item.clone() });
        }
    }
    let message = format!("No such subscription_item: '{id}'");
    let refusal = Refusal { status: 404, ..Refusal::invalid(message) };
    Err(refusal.code("resource_missing").param("item").into())
}
