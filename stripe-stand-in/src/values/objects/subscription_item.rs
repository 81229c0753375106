//! Subscription items (<https://docs.stripe.com/api/subscription_items/object>). They are stored inside their
//! subscription.

use serde_json::{Map, Value, json};

use crate::values::billing_interval::Interval;
use crate::values::error::ApiError;
use crate::values::object::Object;
use crate::values::object_type;

/// A new item of `subscription`. Its period is set together with the other items'.
pub(crate) fn new(now: i64, subscription: &str, price: &Object, quantity: i64, metadata: Map<String, Value>) -> Value {
    json!({
        "id": format!("si_{}", object_type::random_alphanumeric(14)),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": now,
        "current_period_end": now,
        "current_period_start": now,
        "discounts": [],
        "metadata": metadata,
        "plan": plan_from_price(price),
        "price": price.to_public_json(),
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
    })
}

/// Changes the price of an item.
pub(crate) fn set_price(item: &mut Value, price: &Object) {
    item["plan"] = plan_from_price(price);
    item["price"] = price.to_public_json();
}

/// The older `plan` form of a recurring price, which items still contain
/// (<https://docs.stripe.com/api/plans/object>).
pub(crate) fn plan_from_price(price: &Object) -> Value {
    json!({
        "id": price.id(),
        "object": "plan",
        "active": price.get("active"),
        "amount": price.get("unit_amount"),
        "amount_decimal": price.get("unit_amount_decimal"),
        "billing_scheme": price.get("billing_scheme"),
        "created": price.get("created"),
        "currency": price.get("currency"),
        "interval": price.pointer("/recurring/interval"),
        "interval_count": price.pointer("/recurring/interval_count"),
        "livemode": false,
        "metadata": price.get("metadata"),
        "meter": price.pointer("/recurring/meter"),
        "nickname": price.get("nickname"),
        "product": price.get("product"),
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": price.pointer("/recurring/trial_period_days"),
        "usage_type": price.pointer("/recurring/usage_type"),
    })
}

/// The items of a subscription.
pub(crate) fn items_of(subscription: &Object) -> &[Value] {
    subscription.pointer("/items/data").as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Replaces the items of a subscription.
pub(crate) fn set_items(subscription: &mut Object, items: Vec<Value>) {
    let url = format!("/v1/subscription_items?subscription={}", subscription.id());
    let total = items.len();
    let list = json!({ "object": "list", "data": items, "has_more": false, "total_count": total, "url": url });
    subscription.set("items", list);
}

/// Start and end of the current period. All items have the same, because mixed intervals are refused.
pub(crate) fn period(subscription: &Object) -> (i64, i64) {
    let first = items_of(subscription).first().unwrap_or(&Value::Null);
    let time = |field: &str| first[field].as_i64().unwrap_or_default();
    (time("current_period_start"), time("current_period_end"))
}

/// Sets the current period of all items. A cancellation by `cancel_at_period_end` moves with it; a `cancel_at` stays.
/// See <https://docs.stripe.com/changelog/basil/2025-07-30/cancel-at-enums>.
pub(crate) fn set_period(subscription: &mut Object, start: i64, end: i64) {
    let mut items = items_of(subscription).to_vec();
    for item in &mut items {
        item["current_period_start"] = json!(start);
        item["current_period_end"] = json!(end);
    }
    set_items(subscription, items);
    move_cancellation(subscription);
}

/// Moves a cancellation by `cancel_at_period_end` to the end of the current period.
pub(crate) fn move_cancellation(subscription: &mut Object) {
    if subscription.flag("cancel_at_period_end") {
        let end = period(subscription).1;
        subscription.set("cancel_at", end);
    }
}

/// The billing interval of the items. Refuses items with different intervals.
pub(crate) fn common_interval(items: &[Value]) -> Result<Interval, ApiError> {
    let mut intervals = items.iter().map(|item| Interval::from_recurring(&item["price"]["recurring"]));
    let first = intervals.next().ok_or_else(|| ApiError::missing_param("items"))?;
    if intervals.all(|interval| interval == first) {
        return Ok(first);
    }
    let message = "The Stripe stand-in has no mixed intervals: all items of a subscription are billed equally often.";
    Err(ApiError::invalid_request(message).with_param("items"))
}
