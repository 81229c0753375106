//! Promotion codes: finding them, checking whether they can be used, and redeeming them.

use crate::rules::coupons;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Finds the active promotion code that a payer entered, in upper or lower case.
pub(crate) fn find_active(tx: &Tx<'_>, code: &str) -> Result<Option<Object>, Error> {
    let active = Query::of(ObjectType::PromotionCode).with("active", 1);
    tx.first(active.with_case_insensitive("code", code.trim().to_owned()))
}

/// The coupon of a promotion code, if `customer` may use it for a purchase of `subtotal` now. Otherwise the error
/// says why not.
pub(crate) fn usable_coupon(
    tx: &Tx<'_>,
    promotion: &Object,
    customer: Option<&str>,
    subtotal: i64,
    currency: &str,
) -> Result<Object, Error> {
    let refuse = |message: &str| Error::from(ApiError::invalid_request(message).with_code("coupon_expired"));
    let coupon = tx.load(ObjectType::Coupon, promotion.pointer("/promotion/coupon").as_str().unwrap_or_default())?;
    let expired = promotion.get("expires_at").as_i64().is_some_and(|end| end <= tx.now());
    let redeemed = promotion.int("times_redeemed");
    let used_up = promotion.get("max_redemptions").as_i64().is_some_and(|max| redeemed >= max);
    if !promotion.flag("active") || expired || used_up || !coupons::is_redeemable(&coupon, tx.now()) {
        return Err(refuse("This promotion code is expired or inactive."));
    }
    if promotion.opt_text("customer").is_some_and(|owner| customer != Some(owner)) {
        return Err(refuse("This promotion code cannot be redeemed by this customer."));
    }
    let minimum = promotion.pointer("/restrictions/minimum_amount").as_i64();
    let minimum_currency = promotion.pointer("/restrictions/minimum_amount_currency").as_str();
    if minimum.is_some_and(|minimum| minimum_currency != Some(currency) || subtotal < minimum) {
        return Err(refuse("This promotion code needs a larger purchase."));
    }
    if promotion.pointer("/restrictions/first_time_transaction") == true && has_paid(tx, customer)? {
        return Err(refuse("This promotion code is for a first purchase only."));
    }
    Ok(coupon)
}

/// Counts a redemption of the promotion code. Its coupon counts separately.
pub(crate) fn count_redemption(tx: &Tx<'_>, id: &str) -> Result<(), Error> {
    let Some(mut promotion) = tx.find(ObjectType::PromotionCode, id)? else {
        return Ok(());
    };
    let redeemed = promotion.int("times_redeemed") + 1;
    promotion.set("times_redeemed", redeemed);
    if promotion.get("max_redemptions").as_i64().is_some_and(|max| redeemed >= max) {
        promotion.set("active", false);
    }
    tx.save(&promotion)
}

fn has_paid(tx: &Tx<'_>, customer: Option<&str>) -> Result<bool, Error> {
    let Some(customer) = customer else {
        return Ok(false);
    };
    let paid = Query::of(ObjectType::PaymentIntent).with("customer", customer.to_owned());
    Ok(tx.first(paid.with("status", "succeeded".to_owned()))?.is_some())
}
