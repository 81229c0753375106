//! The line items of a checkout session, and what a discount takes off each
//! (<https://docs.stripe.com/api/checkout/sessions/line_items>).

use serde_json::{Value, json};

use super::{coupons, prices, products};
use crate::stripe::api::params::Params;
use crate::stripe::error::{Error, Refusal};
use crate::stripe::ids::{self, Kind};
use crate::stripe::object::Object;
use crate::stripe::store::Tx;

/// Line items in one currency.
pub(crate) struct Lines {
    pub(crate) items: Vec<Value>,
    pub(crate) currency: String,
}

/// Reads `line_items`; `currency` chooses among the currencies of multi-currency prices.
pub(crate) fn read(tx: &Tx<'_>, params: Vec<Params>, currency: Option<String>) -> Result<Lines, Error> {
    let mut lines = Lines { items: Vec::new(), currency: currency.unwrap_or_default() };
    for mut item in params {
        let quantity = item.integer("quantity")?.unwrap_or(1);
        if quantity < 1 {
            return Err(item.invalid("quantity", "This value must be greater than or equal to 1.").into());
        }
        let price = price(tx, &mut item)?;
        item.ignore(&["adjustable_quantity", "dynamic_tax_rates", "tax_rates", "metadata"]);
        check_price(&price, &item)?;
        if lines.currency.is_empty() {
            price.text("currency").clone_into(&mut lines.currency);
        }
        let amount = prices::amount_in(&price, &lines.currency).ok_or_else(|| {
            let message = format!(
                "The price {} has no amount in {}: all line items must have the same currency.",
                price.id(),
                lines.currency
            );
            item.invalid("price", &message)
        })?;
        item.finish()?;
        lines.items.push(line(tx, &price, amount * quantity, quantity, &lines.currency)?);
    }
    Ok(lines)
}

/// The amount of all items before discounts, in minor units.
pub(crate) fn subtotal(items: &[Value]) -> i64 {
    items.iter().map(|item| item["amount_subtotal"].as_i64().unwrap_or_default()).sum()
}

/// Takes a coupon off the items it applies to, in proportion to their amounts, to the minor unit; without a coupon,
/// items cost their subtotal. Gives what was taken off.
pub(crate) fn apply_discount(items: &mut [Value], coupon: Option<&Object>, currency: &str) -> Result<i64, Refusal> {
    let only = coupon.and_then(|coupon| coupon.hidden("applies_to")["products"].as_array().cloned());
    let amount_of = |item: &Value| match &only {
        Some(products) if !products.contains(&item["price"]["product"]) => 0,
        _ => item["amount_subtotal"].as_i64().unwrap_or_default(),
    };
    let eligible: i64 = items.iter().map(amount_of).sum();
    let off = match coupon {
        None => 0,
        Some(coupon) => coupons::discount(coupon, eligible, currency).ok_or_else(|| {
            let id = coupon.id();
            Refusal::invalid(format!("The coupon {id} cannot be applied to a session in {currency}."))
        })?,
    };
    let (mut passed, mut taken) = (0, 0);
    for item in items.iter_mut() {
        passed += amount_of(item);
        let until_here = if eligible == 0 { 0 } else { off * passed / eligible };
        item["amount_discount"] = json!(until_here - taken);
        let subtotal = item["amount_subtotal"].as_i64().unwrap_or_default();
        item["amount_total"] = json!(subtotal - (until_here - taken));
        taken = until_here;
    }
    Ok(off)
}

fn price(tx: &Tx<'_>, item: &mut Params) -> Result<Object, Error> {
    match (item.text("price")?, item.hash("price_data")?) {
        (Some(id), None) => tx.load_param(Kind::Price, &id, &item.name("price")),
        (None, Some(data)) => inline_price(tx, data),
        _ => {
            let name = item.name("price");
            let message = "You must specify either `price` or `price_data` when creating a line item.";
            Err(Refusal::invalid(message).code("parameter_missing").param(&name).into())
        }
    }
}

/// A price of `price_data` belongs to one session: it is stored inactive, as is the product it may bring along.
fn inline_price(tx: &Tx<'_>, mut data: Params) -> Result<Object, Error> {
    let product = match (data.text("product")?, data.hash("product_data")?) {
        (Some(id), None) => tx.load_param(Kind::Product, &id, &data.name("product"))?,
        (None, Some(mut params)) => {
            let mut product = products::create_from(tx, &mut params)?;
            params.finish()?;
            product.set("active", false);
            tx.insert(&product)?;
            product
        }
        _ => return Err(Refusal::missing_param(&data.name("product_data")).into()),
    };
    let mut price = prices::for_product(tx, data, product.id())?;
    price.set("active", false);
    price.hide("inline", true);
    tx.insert(&price)?;
    Ok(price)
}

fn check_price(price: &Object, item: &Params) -> Result<(), Refusal> {
    if !price.flag("active") && price.hidden("inline") != true {
        let message = "The price specified is inactive. This field only accepts active prices.";
        return Err(item.invalid("price", message));
    }
    if price.text("type") == "recurring" {
        let message = "You specified `payment` mode but passed a recurring price. Either switch to `subscription` \
            mode or use only one-time prices.";
        return Err(Refusal::invalid(message).param("mode"));
    }
    Ok(())
}

fn line(tx: &Tx<'_>, price: &Object, amount: i64, quantity: i64, currency: &str) -> Result<Value, Error> {
    let product = tx.find(Kind::Product, price.text("product"))?;
    Ok(json!({
        "id": format!("li_1{}", ids::random(23)),
        "object": "item",
        "adjustable_quantity": null,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": product.map(|product| product.text("name").to_owned()),
        "metadata": {},
        "price": price.public(),
        "quantity": quantity,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(amounts: &[i64]) -> Vec<Value> {
        let item = |amount| json!({ "amount_subtotal": amount, "price": { "product": "prod_1" } });
        amounts.iter().map(item).collect()
    }

    fn percent(hundredths: i64) -> Object {
        let mut coupon = Object::from(json!({ "id": "C", "amount_off": null }));
        coupon.hide("percent_hundredths", hundredths);
        coupon
    }

    #[test]
    fn a_discount_is_spread_to_the_last_minor_unit() {
        let cases: &[(&[i64], Object, i64)] = &[
            (&[1000], percent(2_000), 200),
            (&[999, 1, 500], percent(3_333), 500),
            (&[3333, 3333, 3334], percent(5_000), 5000),
            (&[1, 1, 1], percent(5_000), 2),
            (&[4900], percent(10_000), 4900),
            (&[0], percent(1_000), 0),
        ];
        for (amounts, coupon, expected) in cases {
            let mut items = items(amounts);
            let off = apply_discount(&mut items, Some(coupon), "usd").unwrap();
            let spread: i64 = items.iter().map(|item| item["amount_discount"].as_i64().unwrap()).sum();
            assert_eq!((off, spread), (*expected, *expected), "{amounts:?}");
        }
    }

    #[test]
    fn a_fixed_amount_never_goes_below_zero_and_keeps_to_its_currency() {
        let coupon = Object::from(json!({ "id": "C", "amount_off": 5000, "currency": "usd" }));
        assert_eq!(apply_discount(&mut items(&[3000]), Some(&coupon), "usd").unwrap(), 3000);
        assert!(apply_discount(&mut items(&[3000]), Some(&coupon), "eur").is_err());
    }
}
