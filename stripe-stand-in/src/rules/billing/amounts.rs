//! The cost of subscription items for one period.

use serde_json::Value;

use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object_type::ObjectType;
use crate::values::objects::price;

/// The cost of an item for one period, in minor units of `currency`.
pub(crate) fn item_amount(tx: &Tx<'_>, item: &Value, currency: &str) -> Result<i64, Error> {
    let price = tx.load_param(ObjectType::Price, item["price"]["id"].as_str().unwrap_or_default(), "price")?;
    let unit = price::amount_in(&price, currency).ok_or_else(|| {
        let id = price.id();
        ApiError::invalid_request(format!("The price {id} has no amount in {currency}, the subscription's currency."))
    })?;
    Ok(unit * item["quantity"].as_i64().unwrap_or(1))
}

/// The cost of all items for one period.
pub(crate) fn total_amount(tx: &Tx<'_>, items: &[Value], currency: &str) -> Result<i64, Error> {
    items.iter().map(|item| item_amount(tx, item, currency)).sum()
}
