//! Discounts of checkout sessions and their line items.

use serde_json::{Value, json};

use crate::rules::checkout::line_items;
use crate::rules::coupons::{self, Discount};
use crate::rules::promotion_codes;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::Params;

/// Sets the amounts of a session, with or without a discount.
pub(crate) fn set_amounts(session: &mut Object, discount: Option<&Discount>) -> Result<(), ApiError> {
    let mut items = session.hidden("lines").as_array().cloned().unwrap_or_default();
    let currency = session.text("currency").to_owned();
    let coupon = discount.map(|discount| &discount.coupon);
    let amount_off = distribute_discount(&mut items, coupon, &currency)?;
    let subtotal = line_items::subtotal(&items);
    session.set("amount_subtotal", subtotal);
    session.set("amount_total", subtotal - amount_off);
    session.set("total_details", json!({ "amount_discount": amount_off, "amount_shipping": 0, "amount_tax": 0 }));
    let discounts =
        discount.map(|discount| json!([{ "coupon": discount.coupon.id(), "promotion_code": discount.promotion_code }]));
    session.set("discounts", discounts.unwrap_or_else(|| json!([])));
    session.set_hidden("lines", items);
    Ok(())
}

/// Reads the `discounts` of a session: at most one coupon or promotion code.
pub(crate) fn read_for_session(tx: &Tx<'_>, session: &Object, discounts: Vec<Params>) -> Result<Discount, Error> {
    if session.get("allow_promotion_codes").is_boolean() && !discounts.is_empty() {
        let message = "You may only specify one of these parameters: allow_promotion_codes, discounts.";
        return Err(ApiError::invalid_request(message).with_param("discounts").into());
    }
    read_discount(tx, discounts, |promotion| usable_coupon(tx, session, promotion))
}

/// Reads `discounts`: one coupon or promotion code. `usable` returns the coupon of a promotion code that may be used.
pub(crate) fn read_discount(
    tx: &Tx<'_>,
    discounts: Vec<Params>,
    usable: impl Fn(&Object) -> Result<Object, Error>,
) -> Result<Discount, Error> {
    let mut discounts = discounts.into_iter();
    let (Some(mut params), None) = (discounts.next(), discounts.next()) else {
        let message = "You may only specify one discount.";
        return Err(ApiError::invalid_request(message).with_param("discounts").into());
    };
    let (coupon, code) = (params.text("coupon")?, params.text("promotion_code")?);
    let name = params.full_name("coupon");
    params.finish()?;
    match (coupon, code) {
        (Some(id), None) => {
            let coupon = tx.load_param(ObjectType::Coupon, &id, &name)?;
            if !coupons::is_redeemable(&coupon, tx.now()) {
                let api_error = ApiError::invalid_request(format!("Coupon {id} is expired and cannot be applied."));
                return Err(api_error.with_code("coupon_expired").with_param(&name).into());
            }
            Ok(Discount { coupon, promotion_code: None })
        }
        (None, Some(id)) => {
            let promotion = tx.load_param(ObjectType::PromotionCode, &id, "discounts[0][promotion_code]")?;
            Ok(Discount { coupon: usable(&promotion)?, promotion_code: Some(id) })
        }
        _ => Err(ApiError::invalid_request("A discount is either a coupon or a promotion_code.")
            .with_param(&name)
            .into()),
    }
}

/// The discount that a promotion code gives to a session now.
pub(crate) fn promotion_discount(tx: &Tx<'_>, session: &Object, promotion: &Object) -> Result<Discount, Error> {
    Ok(Discount { coupon: usable_coupon(tx, session, promotion)?, promotion_code: Some(promotion.id().to_owned()) })
}

fn usable_coupon(tx: &Tx<'_>, session: &Object, promotion: &Object) -> Result<Object, Error> {
    let items = session.hidden("lines").as_array().map(Vec::as_slice).unwrap_or_default();
    let subtotal = line_items::subtotal(items);
    let (customer, currency) = (session.opt_text("customer"), session.text("currency"));
    promotion_codes::usable_coupon(tx, promotion, customer, subtotal, currency)
}

/// Distributes a coupon over the items that it applies to, in proportion to their amounts. The parts add up exactly.
/// Returns the total discount. Without a coupon it resets the discounts.
fn distribute_discount(items: &mut [Value], coupon: Option<&Object>, currency: &str) -> Result<i64, ApiError> {
    let product_filter = coupon.and_then(|coupon| coupon.hidden("applies_to")["products"].as_array().cloned());
    let amount_of = |item: &Value| match &product_filter {
        Some(products) if !products.contains(&item["price"]["product"]) => 0,
        _ => item["amount_subtotal"].as_i64().unwrap_or_default(),
    };
    let eligible: i64 = items.iter().map(amount_of).sum();
    let amount_off = match coupon {
        None => 0,
        Some(coupon) => coupons::discount_amount(coupon, eligible, currency).ok_or_else(|| {
            let id = coupon.id();
            ApiError::invalid_request(format!("The coupon {id} cannot be applied to a session in {currency}."))
        })?,
    };
    let (mut eligible_so_far, mut discounted_so_far) = (0, 0);
    for item in items.iter_mut() {
        eligible_so_far += amount_of(item);
        let discount_so_far = if eligible == 0 { 0 } else { amount_off * eligible_so_far / eligible };
        item["amount_discount"] = json!(discount_so_far - discounted_so_far);
        let subtotal = item["amount_subtotal"].as_i64().unwrap_or_default();
        item["amount_total"] = json!(subtotal - (discount_so_far - discounted_so_far));
        discounted_so_far = discount_so_far;
    }
    Ok(amount_off)
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
        coupon.set_hidden("percent_hundredths", hundredths);
        coupon
    }

    #[test]
    fn a_discount_is_split_without_rounding_loss() {
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
            let amount_off = distribute_discount(&mut items, Some(coupon), "usd").unwrap();
            let spread: i64 = items.iter().map(|item| item["amount_discount"].as_i64().unwrap()).sum();
            assert_eq!((amount_off, spread), (*expected, *expected), "{amounts:?}");
        }
    }

    #[test]
    fn a_fixed_discount_is_limited_to_the_total_and_its_currency() {
        let coupon = Object::from(json!({ "id": "C", "amount_off": 5000, "currency": "usd" }));
        assert_eq!(distribute_discount(&mut items(&[3000]), Some(&coupon), "usd").unwrap(), 3000);
        assert!(distribute_discount(&mut items(&[3000]), Some(&coupon), "eur").is_err());
    }
}
