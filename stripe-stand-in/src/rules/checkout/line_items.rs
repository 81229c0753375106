//! Amounts of the line items of a checkout session.

use serde_json::{Value, json};

/// The amount of all items before discounts, in minor units.
pub(crate) fn subtotal(items: &[Value]) -> i64 {
    items.iter().map(|item| item["amount_subtotal"].as_i64().unwrap_or_default()).sum()
}

/// Sets the amounts of items to 0, because a trial begins.
pub(crate) fn make_free(items: &mut [Value]) {
    for item in items {
        item["amount_subtotal"] = json!(0);
        item["amount_total"] = json!(0);
    }
}
