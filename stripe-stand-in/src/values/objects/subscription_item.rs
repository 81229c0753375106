//! The items of a subscription (<https://docs.stripe.com/api/subscription_items/object>): what it bills, and until when
//! it has billed it. They are kept inside their subscription.

use serde_json::{Map, Value, json};

use crate::values::billing_interval::Interval;
use crate::values::error::Refusal;
use crate::values::object::Object;
use crate::values::object_type;

/// A new item of `subscription`; its period is set with the others'.
pub(crate) fn new(now: i64, subscription: &str, price: &Object, quantity: i64, metadata: Map<String, Value>) -> Value {
    json!({
        "id": format!("si_{}", object_type::random(14)),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": now,
        "current_period_end": now,
        "current_period_start": now,
        "discounts": [],
        "metadata": metadata,
        "plan": plan(price),
        "price": price.public(),
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
    })
}

/// Gives an item another price.
pub(crate) fn set_price(item: &mut Value, price: &Object) {
    item["plan"] = plan(price);
    item["price"] = price.public();
}

/// A recurring price as the older object that items still carry (<https://docs.stripe.com/api/plans/object>).
pub(crate) fn plan(price: &Object) -> Value {
    json!({
        "id": price.id(),
        "object": "plan",
        "active": price.get("active"),
        "amount": price.get("unit_amount"),
        "amount_decimal": price.get("unit_amount_decimal"),
        "billing_scheme": price.get("billing_scheme"),
        "created": price.get("created"),
        "currency": price.get("currency"),
        "interval": price.at("/recurring/interval"),
        "interval_count": price.at("/recurring/interval_count"),
        "livemode": false,
        "metadata": price.get("metadata"),
        "meter": price.at("/recurring/meter"),
        "nickname": price.get("nickname"),
        "product": price.get("product"),
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": price.at("/recurring/trial_period_days"),
        "usage_type": price.at("/recurring/usage_type"),
    })
}

/// The items of a subscription.
pub(crate) fn of(subscription: &Object) -> &[Value] {
    subscription.at("/items/data").as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Replaces the items of a subscription.
pub(crate) fn set(subscription: &mut Object, items: Vec<Value>) {
    let url = format!("/v1/subscription_items?subscription={}", subscription.id());
    let total = items.len();
    let list = json!({ "object": "list", "data": items, "has_more": false, "total_count": total, "url": url });
    subscription.set("items", list);
}

/// When the current period of a subscription's items began and ends. Mixed intervals are refused, so all have the same.
pub(crate) fn period(subscription: &Object) -> (i64, i64) {
    let first = of(subscription).first().unwrap_or(&Value::Null);
    let time = |field: &str| first[field].as_i64().unwrap_or_default();
    (time("current_period_start"), time("current_period_end"))
}

/// Sets the current period of all items.
pub(crate) fn set_period(subscription: &mut Object, start: i64, end: i64) {
    let mut items = of(subscription).to_vec();
    for item in &mut items {
        item["current_period_start"] = json!(start);
        item["current_period_end"] = json!(end);
    }
    set(subscription, items);
}

/// How often the items are billed. Refuses items that are not billed equally often.
pub(crate) fn interval(items: &[Value]) -> Result<Interval, Refusal> {
    let mut intervals = items.iter().map(|item| Interval::of(&item["price"]["recurring"]));
    let first = intervals.next().ok_or_else(|| Refusal::missing_param("items"))?;
    if intervals.all(|interval| interval == first) {
        return Ok(first);
    }
    let message = "The Stripe stand-in has no mixed intervals: all items of a subscription are billed equally often.";
    Err(Refusal::invalid(message).param("items"))
}
