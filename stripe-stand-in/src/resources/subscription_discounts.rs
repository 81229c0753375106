//! The parameter `discounts` of subscriptions (<https://docs.stripe.com/api/subscriptions/update#update_subscription-discounts>).

use crate::rules::billing::amounts;
use crate::rules::checkout::discounts;
use crate::rules::coupons::Discount;
use crate::rules::promotion_codes;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;
use crate::values::params::Params;

/// What an update does to the discount of a subscription.
pub(crate) enum DiscountChange {
    /// The discount stays.
    Keep,
    /// This discount replaces the current one.
    Replace(Discount),
    /// The discount is removed.
    Remove,
}

/// Reads `discounts` of an update: at most one, which may be the current one.
pub(crate) fn read_change(tx: &Tx<'_>, subscription: &Object, params: &mut Params) -> Result<DiscountChange, Error> {
    let Some(mut discounts) = params.hashes("discounts")? else {
        return Ok(DiscountChange::Keep);
    };
    if let [single] = discounts.as_mut_slice()
        && let Some(id) = single.text("discount")?
    {
        if subscription.pointer("/discounts/0") != id.as_str() {
            return Err(ApiError::resource_missing(ObjectType::Discount, &id, &single.full_name("discount")).into());
        }
        discounts.into_iter().try_for_each(Params::finish)?;
        return Ok(DiscountChange::Keep);
    }
    let discount = read_new(tx, subscription, Some(discounts))?;
    Ok(discount.map_or(DiscountChange::Remove, DiscountChange::Replace))
}

/// Reads `discounts` of a new subscription: at most one.
pub(crate) fn read_new(
    tx: &Tx<'_>,
    subscription: &Object,
    discounts: Option<Vec<Params>>,
) -> Result<Option<Discount>, Error> {
    let Some(discounts) = discounts.filter(|discounts| !discounts.is_empty()) else {
        return Ok(None);
    };
    let currency = subscription.text("currency");
    let subtotal = amounts::total_amount(tx, subscription_item::items_of(subscription), currency)?;
    discounts::read_discount(tx, discounts, |promotion| {
        promotion_codes::usable_coupon(tx, promotion, subscription.opt_text("customer"), subtotal, currency)
    })
    .map(Some)
}
