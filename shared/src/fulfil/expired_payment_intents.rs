//! Ends payment intents whose time is over. Stripe lets them be paid for ever.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::context::Context;
use super::end_payment_intent::end_payment_intent;
use super::error::FulfilError;
use crate::store::{OpenPaymentIntent, StoreError};
use crate::stripe::PaymentIntentStatus;

/// When a payment intent is looked at again whose payment was processing: a bank debit takes days.
const PROCESSING_RETRY: SignedDuration = SignedDuration::from_hours(24);

/// Ends the payment intents of checkouts whose time is over, until the deadline: how many were canceled. One that fails is tried again by
/// the next run.
///
/// # Errors
/// When the list cannot be read.
pub(super) async fn end_expired_payment_intents(
    context: &Context,
    deadline: Option<Instant>,
) -> Result<u64, StoreError> {
    let now = context.store.now();
    let mut canceled: u64 = 0;
    for open in context.store.expired_payment_intents(now).await? {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        match end_expired(context, &open, now).await {
            Ok(true) => canceled = canceled.saturating_add(1),
            Ok(false) => {}
            Err(error) => {
                let code = error.code();
                tracing::error!(payment_intent = %open.id, code, %error, "a payment intent cannot be canceled");
            }
        }
    }
    Ok(canceled)
}

/// Whether it is canceled now.
async fn end_expired(context: &Context, open: &OpenPaymentIntent, now: Timestamp) -> Result<bool, FulfilError> {
    let intent = end_payment_intent(context, &open.id, now).await?;
    let status = intent.map(|intent| intent.status);
    match status {
        // Ordinarily the slot is closed already, by what was applied. The metadata may have been edited at Stripe.
        None | Some(PaymentIntentStatus::Canceled | PaymentIntentStatus::Succeeded) => {
            context.store.close_payment_intent(open).await?;
        }
        Some(PaymentIntentStatus::Processing) => {
            let again = now.checked_add(PROCESSING_RETRY).unwrap_or(Timestamp::MAX);
            context.store.keep_payment_intent_open(open, again).await?;
        }
        Some(_) => tracing::warn!(payment_intent = %open.id, "Stripe does not cancel a payment intent"),
    }
    Ok(status == Some(PaymentIntentStatus::Canceled))
}
