//! The parameters of subscription items (<https://docs.stripe.com/api/subscription_items/create>): in the parameter
//! `items` of subscriptions, or of a single item.

use serde_json::{Value, json};

use crate::resources::line_items;
use crate::rules::billing::amounts;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;
use crate::values::params::{Params, merge_metadata};

/// Reads a new item.
pub(super) fn read_item(tx: &Tx<'_>, subscription: &str, mut params: Params) -> Result<Value, Error> {
    let price = recurring_price(tx, &mut params)?.ok_or_else(|| ApiError::missing_param(&params.full_name("price")))?;
    let quantity = quantity(&mut params)?.unwrap_or(1);
    let metadata = params.metadata()?.unwrap_or_default();
    params.ignore(&["billing_thresholds", "tax_rates"]);
    params.finish()?;
    Ok(subscription_item::new(tx.now(), subscription, &price, quantity, metadata))
}

fn quantity(params: &mut Params) -> Result<Option<i64>, ApiError> {
    match params.integer("quantity")? {
        Some(quantity) if quantity < 0 => {
            Err(params.invalid("quantity", "This value must be greater than or equal to 0."))
        }
        quantity => Ok(quantity),
    }
}

/// Reads the price from `price`, `price_data` or the older `plan`.
fn recurring_price(tx: &Tx<'_>, params: &mut Params) -> Result<Option<Object>, Error> {
    let plan = params.text("plan")?;
    let price = match plan {
        Some(plan) => tx.load_param(ObjectType::Price, &plan, &params.full_name("plan"))?,
        None if params.has("price") || params.has("price_data") => line_items::read_price(tx, params)?,
        None => return Ok(None),
    };
    let refuse = |message: &str| Err(params.invalid("price", message).into());
    if price.text("type") != "recurring" {
        return refuse(
            "The price specified is set to `type=one_time` but this field only accepts prices with \
            `type=recurring`.",
        );
    }
    if let Some(message) = line_items::reason_not_sellable(tx, &price)? {
        return refuse(message);
    }
    Ok(Some(price))
}

/// Reads `items` of an update. Items with an id are changed or deleted, and items without one are added.
pub(super) fn read_changed_items(tx: &Tx<'_>, before: &Object, params: Vec<Params>) -> Result<Vec<Value>, Error> {
    let mut items = subscription_item::items_of(before).to_vec();
    for mut params in params {
        let Some(id) = params.text("id")? else {
            items.push(read_item(tx, before.id(), params)?);
            continue;
        };
        let Some(at) = items.iter().position(|item| item["id"] == id.as_str()) else {
            let message = format!("The subscription item `{id}` is not one of this subscription.");
            return Err(params.invalid("id", &message).with_code("resource_missing").into());
        };
        if params.flag("deleted")?.unwrap_or(false) {
            items.remove(at);
            params.ignore(&["billing_thresholds", "clear_usage", "tax_rates"]);
            params.finish()?;
        } else {
            change_item(tx, &mut items[at], params)?;
        }
    }
    check_items(tx, before, &items)?;
    Ok(items)
}

/// The items of `before` with one more item.
pub(super) fn with_added_item(tx: &Tx<'_>, before: &Object, params: Params) -> Result<Vec<Value>, Error> {
    let mut items = subscription_item::items_of(before).to_vec();
    let item = read_item(tx, before.id(), params)?;
    if items.iter().any(|other| other["price"]["id"] == item["price"]["id"]) {
        let price = item["price"]["id"].as_str().unwrap_or_default();
        let message = format!("Cannot add multiple subscription items with the same plan: {price}");
        return Err(ApiError::invalid_request(message).with_param("price").into());
    }
    items.push(item);
    check_items(tx, before, &items)?;
    Ok(items)
}

/// The items of `before` with one of them changed.
pub(super) fn with_changed_item(tx: &Tx<'_>, before: &Object, id: &str, params: Params) -> Result<Vec<Value>, Error> {
    let mut items = subscription_item::items_of(before).to_vec();
    if let Some(item) = items.iter_mut().find(|item| item["id"] == id) {
        change_item(tx, item, params)?;
    }
    check_items(tx, before, &items)?;
    Ok(items)
}

fn check_items(tx: &Tx<'_>, before: &Object, items: &[Value]) -> Result<(), Error> {
    subscription_item::common_interval(items)?;
    amounts::total_amount(tx, items, before.text("currency")).map(drop)
}

fn change_item(tx: &Tx<'_>, item: &mut Value, mut params: Params) -> Result<(), Error> {
    if let Some(price) = recurring_price(tx, &mut params)? {
        subscription_item::set_price(item, &price);
    }
    if let Some(quantity) = quantity(&mut params)? {
        item["quantity"] = json!(quantity);
    }
    if let Some(changes) = params.metadata()? {
        item["metadata"] = merge_metadata(&item["metadata"], changes);
    }
    params.ignore(&["billing_thresholds", "clear_usage", "tax_rates"]);
    Ok(params.finish()?)
}
