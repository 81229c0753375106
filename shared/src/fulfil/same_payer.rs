//! Whether buyer and referrer pay as the same customer or with the same card. It is asked for once, when a referral is paid: one read
//! and two calls to Stripe.

use super::context::Context;
use super::error::FulfilError;
use crate::domain::{ReferralRejection, Referred};
use crate::stripe::{self, CardsOf, StripeError};

/// The referral, rejected if both pay alike. `customer` is the buyer's, `payment_intent` what was paid. Wallets and Link hide the card
/// behind a number of their own, and are not recognized. See <https://docs.stripe.com/api/charges/object>.
///
/// # Errors
/// When the table fails, or Stripe does not answer; the event is delivered again. If Stripe refuses, the cards are not compared: that
/// would not change with another try, and the course has to open.
pub(super) async fn reject_same_payer(
    context: &Context,
    customer: Option<&str>,
    payment_intent: Option<&str>,
    mut referred: Referred,
) -> Result<Referred, FulfilError> {
    let profile = context.store.profile(&referred.referrer).await?;
    let Some(referrer) = profile.customer else { return Ok(referred) };
    if customer == Some(referrer.as_str()) {
        referred.rejection = Some(ReferralRejection::SameCustomer);
        return Ok(referred);
    }
    let Some(payment_intent) = payment_intent else { return Ok(referred) };
    match pays_with_a_card_of(context, payment_intent, referrer.as_str()).await {
        Ok(false) => {}
        Ok(true) => referred.rejection = Some(ReferralRejection::SameCard),
        Err(error) if error.is_refusal() => {
            tracing::warn!(%error, "the cards of a buyer and a referrer were not compared");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(referred)
}

async fn pays_with_a_card_of(context: &Context, payment_intent: &str, referrer: &str) -> Result<bool, StripeError> {
    let bought = stripe::list_card_fingerprints(&context.stripe, CardsOf::PaymentIntent(payment_intent)).await?;
    if bought.is_empty() {
        return Ok(false);
    }
    let others = stripe::list_card_fingerprints(&context.stripe, CardsOf::Customer(referrer)).await?;
    Ok(!bought.is_disjoint(&others))
}
