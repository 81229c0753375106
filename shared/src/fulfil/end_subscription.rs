//! Ends a subscription at Stripe at once, so that nothing is charged for it any more.

use super::context::Context;
use crate::domain::SubscriptionId;
use crate::stripe::{self, StripeError};

/// Cancels the subscription now; one that has ended already is left alone. Nobody can pay one of its invoices afterwards. `key` makes
/// the idempotency key of each call.
///
/// # Errors
/// When Stripe refuses (an invoice was paid just now, or its payment is processing) or does not answer.
pub(super) async fn cancel_now(
    context: &Context,
    id: &SubscriptionId,
    key: &impl Fn(&str) -> String,
) -> Result<(), StripeError> {
    let stripe = &context.stripe;
    // An open or written-off invoice can be paid after its subscription has ended.
    for invoice in stripe::list_unpaid_invoices(stripe, id).await? {
        stripe::void_invoice(stripe, &invoice, &key(&format!("void:{invoice}"))).await?;
    }
    stripe::stop_draft_invoices(stripe, id, &key("hold")).await?;
    let canceled = stripe::cancel_now(stripe, id, &key("cancel-now")).await;
    // It had ended already.
    if canceled.as_ref().is_err_and(StripeError::is_missing) { Ok(()) } else { canceled }
}
