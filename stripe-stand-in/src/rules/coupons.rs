//! Coupons: whether they can be redeemed, their discount, and their redemptions.

use serde_json::Value;

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Whether a coupon can be redeemed at `now`.
pub(crate) fn is_redeemable(coupon: &Object, now: i64) -> bool {
    let expired = coupon.get("redeem_by").as_i64().is_some_and(|end| end <= now);
    coupon.flag("valid") && !expired
}

/// Counts a redemption. The last one makes the coupon invalid.
pub(crate) fn count_redemption(tx: &Tx<'_>, id: &str) -> Result<(), Error> {
    let Some(mut coupon) = tx.find(ObjectType::Coupon, id)? else {
        return Ok(());
    };
    let redeemed = coupon.int("times_redeemed") + 1;
    coupon.set("times_redeemed", redeemed);
    if coupon.get("max_redemptions").as_i64().is_some_and(|max| redeemed >= max) {
        coupon.set("valid", false);
    }
    tx.save(&coupon)
}

/// The discount on `amount`, in minor units of `currency`. None when the coupon has no amount in the currency.
/// Percentages are rounded half up.
pub(crate) fn discount_amount(coupon: &Object, amount: i64, currency: &str) -> Option<i64> {
    if let Some(amount_off) = coupon.get("amount_off").as_i64() {
        let is_own_currency = coupon.text("currency") == currency;
        let option = coupon.hidden("currency_options").pointer(&format!("/{currency}/amount_off"));
        let amount_off = if is_own_currency { Some(amount_off) } else { option.and_then(Value::as_i64) };
        return amount_off.map(|amount_off| amount_off.min(amount));
    }
    let hundredths = coupon.hidden("percent_hundredths").as_i64()?;
    Some((amount * hundredths + 5_000) / 10_000)
}

/// A coupon, and the promotion code that it came from.
pub(crate) struct Discount {
    pub(crate) coupon: Object,
    /// None without a promotion code.
    pub(crate) promotion_code: Option<String>,
}
