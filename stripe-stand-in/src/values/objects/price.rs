//! What a price costs (<https://docs.stripe.com/api/prices/object>).

use crate::values::object::Object;

/// What one unit costs in `currency`, if the price has an amount for it.
pub(crate) fn amount_in(price: &Object, currency: &str) -> Option<i64> {
    if price.text("currency") == currency {
        return price.get("unit_amount").as_i64();
    }
    price.hidden("currency_options").get(currency)?.get("unit_amount")?.as_i64()
}
