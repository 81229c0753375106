//! The amounts of a checkout session's line items.

use serde_json::{Value, json};

/// The amount of all items before discounts, in minor units.
pub(crate) fn subtotal(items: &[Value]) -> i64 {
    items.iter().map(|item| item["amount_subtotal"].as_i64().unwrap_or_default()).sum()
}

/// Nothing is due for items whose trial begins.
pub(crate) fn make_free(items: &mut [Value]) {
    for item in items {
        item["amount_subtotal"] = json!(0);
        item["amount_total"] = json!(0);
    }
}
