//! The amount of a price (<https://docs.stripe.com/api/prices/object>).

use crate::values::object::Object;

/// The unit amount in `currency`, if the price has one.
pub(crate) fn amount_in(price: &Object, currency: &str) -> Option<i64> {
    if price.text("currency") == currency {
        return price.get("unit_amount").as_i64();
    }
    price.hidden("currency_options").get(currency)?.get("unit_amount")?.as_i64()
}
