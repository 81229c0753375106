//! Discounts of subscriptions and their invoices (<https://docs.stripe.com/billing/subscriptions/coupons>).

use serde_json::{Value, json};

use crate::rules::coupons::{self, Discount};
use crate::rules::promotion_codes;
use crate::state::transaction::Tx;
use crate::values::billing_interval;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Redeems a discount for a subscription.
pub(crate) fn redeem(tx: &Tx<'_>, subscription: &mut Object, new_discount: &Discount) -> Result<(), Error> {
    let discount = create(tx, subscription, new_discount)?;
    tx.emit("customer.discount.created", &discount)
}

/// Replaces the discount of a subscription. None removes it.
pub(crate) fn replace(tx: &Tx<'_>, subscription: &mut Object, new_discount: Option<&Discount>) -> Result<(), Error> {
    match (find(tx, subscription)?, new_discount) {
        (None, None) => Ok(()),
        (None, Some(new_discount)) => redeem(tx, subscription, new_discount),
        (Some((old, _)), Some(new_discount)) => {
            let new = create(tx, subscription, new_discount)?;
            tx.emit_change("customer.discount.updated", &old.previous_attributes(&new), &new)
        }
        (Some((old, _)), None) => remove(tx, subscription, &old),
    }
}

/// The discount of a subscription.
pub(crate) fn discount_of(tx: &Tx<'_>, subscription: &Object) -> Result<Option<Object>, Error> {
    Ok(find(tx, subscription)?.map(|(discount, _)| discount))
}

fn remove(tx: &Tx<'_>, subscription: &mut Object, discount: &Object) -> Result<(), Error> {
    subscription.set("discounts", json!([]));
    tx.emit("customer.discount.deleted", discount)
}

fn create(tx: &Tx<'_>, subscription: &mut Object, new_discount: &Discount) -> Result<Object, Error> {
    let coupon = &new_discount.coupon;
    let end = match coupon.text("duration") {
        "repeating" => Some(billing_interval::months_after(tx.now(), coupon.int("duration_in_months"))),
        _ => None,
    };
    let fields = json!({
        "id": ObjectType::Discount.new_id(),
        "object": "discount",
        "checkout_session": null,
        "customer": subscription.get("customer"),
        "customer_account": null,
        "end": end,
        "invoice": null,
        "invoice_item": null,
        "promotion_code": new_discount.promotion_code,
        "source": { "coupon": coupon.id(), "type": "coupon" },
        "start": tx.now(),
        "subscription": subscription.id(),
        "subscription_item": null,
    });
    let discount = Object::from(fields);
    tx.insert(&discount)?;
    coupons::count_redemption(tx, coupon.id())?;
    promotion_codes::count_redemption(tx, new_discount.promotion_code.as_deref().unwrap_or_default())?;
    subscription.set("discounts", json!([discount.id()]));
    Ok(discount)
}

/// Applies a subscription's discount to the lines of an invoice. Returns Stripe's `total_discount_amounts`.
pub(crate) fn apply_to_lines(tx: &Tx<'_>, subscription: &Object, lines: &mut [Value]) -> Result<Vec<Value>, Error> {
    let Some((discount, coupon)) = current(tx, subscription)? else {
        return Ok(Vec::new());
    };
    let product_filter = coupon.hidden("applies_to")["products"].as_array().cloned();
    let amount_of = |line: &Value| match &product_filter {
        Some(products) if !products.contains(&line["pricing"]["price_details"]["product"]) => 0,
        _ if line["discountable"] == false => 0,
        _ => line["amount"].as_i64().unwrap_or_default().max(0),
    };
    let eligible: i64 = lines.iter().map(amount_of).sum();
    let currency = subscription.text("currency");
    let amount_off = coupons::discount_amount(&coupon, eligible, currency).ok_or_else(|| {
        ApiError::invalid_request(format!(
            "The coupon {} cannot be applied to a subscription in {currency}.",
            coupon.id()
        ))
    })?;
    let (mut eligible_so_far, mut discounted_so_far) = (0, 0);
    for line in lines.iter_mut().filter(|line| amount_of(line) > 0) {
        eligible_so_far += amount_of(line);
        let discount_so_far = if eligible == 0 { 0 } else { amount_off * eligible_so_far / eligible };
        line["discount_amounts"] =
            json!([{ "amount": discount_so_far - discounted_so_far, "discount": discount.id() }]);
        discounted_so_far = discount_so_far;
    }
    Ok(vec![json!({ "amount": amount_off, "discount": discount.id() })])
}

/// A prorated amount after the discount. Only percentages can be prorated by the second.
pub(crate) fn amount_after_discount(tx: &Tx<'_>, subscription: &Object, amount: i64) -> Result<i64, Error> {
    let percent = current(tx, subscription)?.filter(|(_, coupon)| coupon.get("amount_off").is_null());
    let amount_off =
        percent.and_then(|(_, coupon)| coupons::discount_amount(&coupon, amount, subscription.text("currency")));
    Ok(amount - amount_off.unwrap_or_default())
}

/// Removes a discount that applied once, or has ended.
pub(crate) fn remove_if_used_up(tx: &Tx<'_>, subscription: &mut Object) -> Result<(), Error> {
    let Some((discount, coupon)) = find(tx, subscription)? else {
        return Ok(());
    };
    if coupon.text("duration") == "once" || has_ended(&discount, tx.now()) {
        remove(tx, subscription, &discount)?;
    }
    Ok(())
}

fn current(tx: &Tx<'_>, subscription: &Object) -> Result<Option<(Object, Object)>, Error> {
    Ok(find(tx, subscription)?.filter(|(discount, _)| !has_ended(discount, tx.now())))
}

fn has_ended(discount: &Object, now: i64) -> bool {
    discount.get("end").as_i64().is_some_and(|end| end <= now)
}

fn find(tx: &Tx<'_>, subscription: &Object) -> Result<Option<(Object, Object)>, Error> {
    let id = subscription.pointer("/discounts/0").as_str().unwrap_or_default();
    let Some(discount) = tx.find(ObjectType::Discount, id)? else {
        return Ok(None);
    };
    let coupon = tx.find(ObjectType::Coupon, discount.pointer("/source/coupon").as_str().unwrap_or_default())?;
    Ok(coupon.map(|coupon| (discount, coupon)))
}
