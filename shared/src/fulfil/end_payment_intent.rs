//! Ends a payment intent that nobody is to pay any more.

use jiff::Timestamp;

use super::apply::apply;
use super::context::Context;
use super::error::FulfilError;
use super::stripe_update::StripeUpdate;
use crate::domain::PaymentIntentId;
use crate::stripe::{self, PaymentIntent};

/// Cancels a payment intent and applies what became of it: it may have been paid instead, or a payment may be processing. `None` when
/// Stripe does not know it, because another account has created it.
///
/// # Errors
/// When the table or Stripe fails.
pub async fn end_payment_intent(
    context: &Context,
    id: &PaymentIntentId,
    now: Timestamp,
) -> Result<Option<PaymentIntent>, FulfilError> {
    let intent = match stripe::end_payment_intent(&context.stripe, id).await {
        Ok(intent) => intent,
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    apply(context, &StripeUpdate::from_payment_intent(&intent), now).await?;
    Ok(Some(intent))
}
