//! The parameter `line_items` of checkout sessions (<https://docs.stripe.com/api/checkout/sessions/line_items>).

use serde_json::{Value, json};

use crate::resources::{price_params, product_params};
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};
use crate::values::objects::price;
use crate::values::params::Params;

/// Line items in one currency.
pub(crate) struct LineItems {
    pub(crate) items: Vec<Value>,
    pub(crate) currency: String,
}

/// Reads the `line_items` of a session in `mode`. `currency` selects the currency of multi-currency prices.
pub(crate) fn read_line_items(
    tx: &Tx<'_>,
    params: Vec<Params>,
    currency: Option<String>,
    mode: &str,
) -> Result<LineItems, Error> {
    let mut lines = LineItems { items: Vec::new(), currency: currency.unwrap_or_default() };
    for mut item in params {
        let quantity = item.integer("quantity")?.unwrap_or(1);
        if quantity < 1 {
            return Err(item.invalid("quantity", "This value must be greater than or equal to 1.").into());
        }
        let price = read_price(tx, &mut item)?;
        item.ignore(&["adjustable_quantity", "dynamic_tax_rates", "tax_rates", "metadata"]);
        check_price(tx, &price, &item, mode)?;
        if lines.currency.is_empty() {
            price.text("currency").clone_into(&mut lines.currency);
        }
        let amount = price::amount_in(&price, &lines.currency).ok_or_else(|| {
            let message = format!(
                "The price {} has no amount in {}: all line items must have the same currency.",
                price.id(),
                lines.currency
            );
            item.invalid("price", &message)
        })?;
        item.finish()?;
        lines.items.push(line_item(tx, &price, amount * quantity, quantity, &lines.currency)?);
    }
    Ok(lines)
}

/// Reads the price from `price` or `price_data`.
pub(crate) fn read_price(tx: &Tx<'_>, item: &mut Params) -> Result<Object, Error> {
    match (item.text("price")?, item.hash("price_data")?) {
        (Some(id), None) => tx.load_param(ObjectType::Price, &id, &item.full_name("price")),
        (None, Some(data)) => inline_price(tx, data),
        _ => {
            let name = item.full_name("price");
            let message = "You must specify either `price` or `price_data` when creating a line item.";
            Err(ApiError::invalid_request(message).with_code("parameter_missing").with_param(&name).into())
        }
    }
}

/// Creates the price of `price_data`. It belongs to one session, so it is stored inactive, like its product if that
/// is new.
fn inline_price(tx: &Tx<'_>, mut data: Params) -> Result<Object, Error> {
    let product = match (data.text("product")?, data.hash("product_data")?) {
        (Some(id), None) => tx.load_param(ObjectType::Product, &id, &data.full_name("product"))?,
        (None, Some(mut params)) => {
            let mut product = product_params::product_from_params(tx, &mut params)?;
            params.finish()?;
            product.set("active", false);
            tx.insert(&product)?;
            product
        }
        _ => return Err(ApiError::missing_param(&data.full_name("product_data")).into()),
    };
    let mut price = price_params::for_product(tx, data, product.id())?;
    price.set("active", false);
    price.set_hidden("inline", true);
    tx.insert(&price)?;
    Ok(price)
}

/// Why a price cannot be sold: the price or its product was archived or deleted. None when it can.
pub(super) fn reason_not_sellable(tx: &Tx<'_>, price: &Object) -> Result<Option<&'static str>, Error> {
    if price.hidden("inline") == true {
        return Ok(None);
    }
    if !price.flag("active") {
        return Ok(Some("The price specified is inactive. This field only accepts active prices."));
    }
    let product = tx.find(ObjectType::Product, price.text("product"))?;
    let is_sold = product.is_some_and(|product| product.flag("active"));
    Ok((!is_sold).then_some("This price is not available to be purchased because its product is not active."))
}

fn check_price(tx: &Tx<'_>, price: &Object, item: &Params, mode: &str) -> Result<(), Error> {
    if let Some(message) = reason_not_sellable(tx, price)? {
        return Err(item.invalid("price", message).into());
    }
    if mode == "subscription" && price.text("type") != "recurring" {
        let message = "The Stripe stand-in takes only recurring prices in `subscription` mode.";
        return Err(item.invalid("price", message).into());
    }
    if mode == "payment" && price.text("type") == "recurring" {
        let message = "You specified `payment` mode but passed a recurring price. Either switch to `subscription` \
            mode or use only one-time prices.";
        return Err(ApiError::invalid_request(message).with_param("mode").into());
    }
    Ok(())
}

fn line_item(tx: &Tx<'_>, price: &Object, amount: i64, quantity: i64, currency: &str) -> Result<Value, Error> {
    let product = tx.find(ObjectType::Product, price.text("product"))?;
    Ok(json!({
        "id": format!("li_1{}", object_type::random_alphanumeric(23)),
        "object": "item",
        "adjustable_quantity": null,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": product.map(|product| product.text("name").to_owned()),
        "metadata": {},
        "price": price.to_public_json(),
        "quantity": quantity,
    }))
}
