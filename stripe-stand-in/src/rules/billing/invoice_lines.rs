//! Invoice lines (<https://docs.stripe.com/api/invoice-line-item/object>), and the invoice items that become lines
//! (<https://docs.stripe.com/api/invoiceitems/object>).

use serde_json::{Value, json};

use crate::rules::billing::amounts;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};
use crate::values::objects::subscription_item;
use crate::values::{billing_interval, money};

/// Start and end of a period, in unix seconds.
pub(crate) type Period = (i64, i64);

/// The lines of a full period: one for each item of a subscription.
pub(crate) fn full_period(tx: &Tx<'_>, subscription: &Object, period: Period) -> Result<Vec<Value>, Error> {
    let currency = subscription.text("currency");
    let line = |item: &Value| {
        let amount = amounts::item_amount(tx, item, currency)?;
        let quantity = item["quantity"].as_i64().unwrap_or(1);
        let unit_amount = money::format(amount / quantity.max(1), currency);
        let (product, often) = (product_name(tx, item)?, interval_text(&item["price"]["recurring"]));
        Ok(line_of_item(
            subscription,
            item,
            period,
            amount,
            &format!("{quantity} × {product} (at {unit_amount} / {often})"),
        ))
    };
    subscription_item::items_of(subscription).iter().map(line).collect()
}

/// The lines of a trial period: one of amount 0 for each item of a subscription.
pub(crate) fn trial_period(tx: &Tx<'_>, subscription: &Object, period: Period) -> Result<Vec<Value>, Error> {
    let line = |item: &Value| {
        let description = format!("Trial period for {}", product_name(tx, item)?);
        Ok(line_of_item(subscription, item, period, 0, &description))
    };
    subscription_item::items_of(subscription).iter().map(line).collect()
}

fn line_of_item(subscription: &Object, item: &Value, period: Period, amount: i64, description: &str) -> Value {
    let mut line = blank_line(amount, subscription.get("currency"), period, description);
    // Stripe shows the subscription's metadata here, not the item's.
    line["metadata"] = subscription.get("metadata").clone();
    line["parent"] = parent(subscription.id(), &item["id"], None);
    line["pricing"] = pricing(item, amount);
    line["quantity"] = item["quantity"].clone();
    line["quantity_decimal"] = json!(item["quantity"].to_string());
    line["subscription"] = json!(subscription.id());
    line
}

/// The line of an invoice item.
pub(crate) fn from_invoice_item(item: &Object) -> Value {
    let period = (item.pointer("/period/start").as_i64(), item.pointer("/period/end").as_i64());
    let period = (period.0.unwrap_or_default(), period.1.unwrap_or_default());
    let mut line = blank_line(item.int("amount"), item.get("currency"), period, item.text("description"));
    let details = item.pointer("/parent/subscription_details");
    line["discountable"] = item.get("discountable").clone();
    line["metadata"] = item.get("metadata").clone();
    line["parent"] = match details["subscription"].as_str() {
        Some(subscription) => parent(subscription, &details["subscription_item"], Some(item.id())),
        None => json!({
            "invoice_item_details": {
                "invoice_item": item.id(), "proration": false, "proration_details": null, "subscription": null,
            },
            "subscription_item_details": null,
            "type": "invoice_item_details",
        }),
    };
    line["pricing"] = item.get("pricing").clone();
    line["quantity"] = item.get("quantity").clone();
    line["quantity_decimal"] = item.get("quantity_decimal").clone();
    line["subscription"] = details["subscription"].clone();
    line
}

fn blank_line(amount: i64, currency: &Value, period: Period, description: &str) -> Value {
    json!({
        "id": format!("il_1{}", object_type::random_alphanumeric(23)),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "invoice": null,
        "livemode": false,
        "metadata": {},
        "parent": null,
        "period": { "end": period.1, "start": period.0 },
        "pretax_credit_amounts": [],
        "pricing": null,
        "quantity": 1,
        "quantity_decimal": "1",
        "subscription": null,
        "subtotal": amount,
        "taxes": [],
    })
}

fn parent(subscription: &str, item: &Value, invoice_item: Option<&str>) -> Value {
    json!({
        "invoice_item_details": null,
        "subscription_item_details": {
            "invoice_item": invoice_item,
            "proration": invoice_item.is_some(),
            "proration_details": { "credited_items": null },
            "subscription": subscription,
            "subscription_item": item,
        },
        "type": "subscription_item_details",
    })
}

/// The `pricing` of an item that costs `amount` for a full period.
fn pricing(item: &Value, amount: i64) -> Value {
    let unit_amount = amount / item["quantity"].as_i64().unwrap_or(1).max(1);
    json!({
        "price_details": { "price": item["price"]["id"], "product": item["price"]["product"] },
        "type": "price_details",
        "unit_amount_decimal": unit_amount.to_string(),
    })
}

/// A pending invoice item of a customer. The caller stores it.
pub(crate) fn blank_invoice_item(
    tx: &Tx<'_>,
    customer: &Object,
    currency: &str,
    amount: i64,
    period: Period,
) -> Object {
    let fields = json!({
        "amount": amount,
        "currency": currency,
        "customer": customer.id(),
        "customer_account": null,
        "date": tx.now(),
        "description": null,
        "discountable": true,
        "discounts": [],
        "invoice": null,
        "metadata": {},
        "net_amount": amount,
        "parent": null,
        "period": { "end": period.1, "start": period.0 },
        "pricing": null,
        "proration": false,
        "proration_details": null,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
        "test_clock": customer.get("test_clock"),
    });
    Object::new(ObjectType::InvoiceItem, ObjectType::InvoiceItem.new_id(), fields)
}

/// Whether a proration credits or charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProrationKind {
    /// A credit for time that was paid for and is not used.
    UnusedTime,
    /// A charge for the remaining time of a new item.
    RemainingTime,
}

/// The invoice item of a proration of `item` over `period`
/// (<https://docs.stripe.com/billing/subscriptions/prorations>). None when the amount is 0.
pub(crate) fn proration(
    tx: &Tx<'_>,
    subscription: &Object,
    customer: &Object,
    item: &Value,
    kind: ProrationKind,
    period: Period,
    price_of_period: i64,
) -> Result<Option<Object>, Error> {
    let (start, end) = subscription_item::period(subscription);
    let share = prorate(price_of_period, period.1 - period.0, end - start);
    if share == 0 {
        return Ok(None);
    }
    let (amount, prefix) = match kind {
        ProrationKind::UnusedTime => (-share, "Unused time on"),
        ProrationKind::RemainingTime => (share, "Remaining time on"),
    };
    let mut invoice_item_object = blank_invoice_item(tx, customer, subscription.text("currency"), amount, period);
    let (product, day) = (product_name(tx, item)?, billing_interval::format_date(period.0));
    invoice_item_object.set("description", format!("{prefix} {product} after {day}"));
    // The amount already includes discounts.
    invoice_item_object.set("discountable", false);
    invoice_item_object.set("metadata", subscription.get("metadata").clone());
    let details = json!({ "subscription": subscription.id(), "subscription_item": item["id"] });
    invoice_item_object.set("parent", json!({ "subscription_details": details, "type": "subscription_details" }));
    invoice_item_object.set("pricing", pricing(item, price_of_period));
    invoice_item_object.set("proration", true);
    invoice_item_object.set("proration_details", json!({ "credited_items": null, "discount_amounts": [] }));
    invoice_item_object.set("quantity", item["quantity"].clone());
    invoice_item_object.set("quantity_decimal", item["quantity"].to_string());
    Ok(Some(invoice_item_object))
}

/// `amount * part / whole`, rounded to the nearest minor unit.
fn prorate(amount: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    i64::try_from((2 * amount * part + whole).div_euclid(2 * whole)).unwrap_or_default()
}

/// The pending invoice items of a subscription, or of a customer without a subscription.
pub(crate) fn pending_invoice_items(
    tx: &Tx<'_>,
    customer: &str,
    subscription: Option<&str>,
) -> Result<Vec<Object>, Error> {
    let pending = Query::of(ObjectType::InvoiceItem).with("customer", customer.to_owned());
    let pending = pending.and_sql("json_extract(body, '$.invoice') is null");
    tx.all(match subscription {
        Some(id) => pending.with("parent.subscription_details.subscription", id.to_owned()),
        None => pending.and_sql("json_extract(body, '$.parent') is null"),
    })
}

fn product_name(tx: &Tx<'_>, item: &Value) -> Result<String, Error> {
    let product = tx.find(ObjectType::Product, item["price"]["product"].as_str().unwrap_or_default())?;
    Ok(product.map(|product| product.text("name").to_owned()).unwrap_or_default())
}

/// `month`, or `3 months`.
pub(crate) fn interval_text(recurring: &Value) -> String {
    let interval = recurring["interval"].as_str().unwrap_or_default();
    match recurring["interval_count"].as_i64() {
        Some(count) if count > 1 => format!("{count} {interval}s"),
        _ => interval.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_prorated_amount_is_rounded_to_the_nearest_minor_unit() {
        let cases =
            [(1000, 15, 30, 500), (999, 1, 2, 500), (100, 1, 3, 33), (100, 2, 3, 67), (0, 1, 2, 0), (1, 1, 0, 0)];
        for (amount, part, whole, expected) in cases {
            assert_eq!(super::prorate(amount, part, whole), expected, "{part}/{whole} of {amount}");
        }
    }
}
