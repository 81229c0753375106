//! Coupons: the learner's credit is a discount on exactly one checkout.

use stripe_product::coupon::CreateCoupon;
use stripe_shared::{Coupon, CouponDuration};
use stripe_types::Currency as StripeCurrency;

use super::mutation::Mutation;
use crate::domain::{AppId, CreditUse, UserId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::metadata::customer_metadata;

/// What the buyer reads beside the discount.
const NAME: &str = "Referral credit";

/// Creates the coupon of a use of credit. It has the id of the use, can be redeemed once and until the end of the checkout, and lowers
/// one payment: of a subscription, the first. One that is there already is it. See <https://docs.stripe.com/api/coupons/create>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_credit_coupon(
    stripe: &StripeClient,
    app: &AppId,
    user: &UserId,
    credit_use: &CreditUse,
) -> Result<String, StripeError> {
    let currency: StripeCurrency =
        or_unreadable(credit_use.reserved.currency.as_str().parse(), "a currency of Stripe's")?;
    let id = credit_use.id.to_string();
    let request = CreateCoupon::new()
        .id(&id)
        .name(NAME)
        .amount_off(credit_use.reserved.amount)
        .currency(currency)
        .duration(CouponDuration::Once)
        .max_redemptions(1)
        .redeem_by(credit_use.redeem_by().as_second())
        .metadata(customer_metadata(app, user));
    let key = format!("{app}:coupon:{id}");
    match Mutation::new(stripe, &key).send(request).await {
        Ok(Coupon { id, .. }) => Ok(id.to_string()),
        Err(error) if error.code() == "resource_already_exists" => Ok(id),
        Err(error) => Err(error),
    }
}
