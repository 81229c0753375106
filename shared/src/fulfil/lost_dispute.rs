//! A lost dispute ends its subscription at Stripe, which would charge on otherwise.
//! See <https://docs.stripe.com/disputes/how-disputes-work>.

use super::context::Context;
use super::error::FulfilError;
use crate::domain::{DisputeId, LostDisputeAction, Subscription};
use crate::stripe::{self, StripeError};

/// Ends the subscription as it has to end: at once, or with a period that is paid for and not disputed. Whoever comes
/// second, or again after a crash, has read the same version of the fact and uses the same idempotency keys.
///
/// # Errors
/// When Stripe refuses or does not answer. The event that led here is not remembered then, and comes again.
pub(super) async fn end_subscription(
    context: &Context,
    subscription: &Subscription,
    dispute: &DisputeId,
    version: u64,
) -> Result<(), FulfilError> {
    let Context { stripe, app, .. } = context;
    let key = |operation: &str| format!("{app}:lost-dispute:{dispute}:{version}:{operation}");
    if let Some(schedule) = &subscription.schedule {
        stripe::release_schedule(stripe, schedule, &key("release")).await?;
    }
    match subscription.lost_dispute_action() {
        LostDisputeAction::NothingToDo => Ok(()),
        LostDisputeAction::CancelAtPeriodEnd => {
            Ok(stripe::cancel_at_period_end(stripe, &subscription.id, &key("cancel")).await?)
        }
        LostDisputeAction::CancelNow => {
            // An open invoice stays collectible after its subscription has ended.
            for invoice in stripe::list_open_invoices(stripe, &subscription.id).await? {
                // A refusal says that it was paid just now, or that its payment is processing: then everything is fetched again.
                stripe::void_invoice(stripe, &invoice, &key(&format!("void:{invoice}"))).await?;
            }
            stripe::stop_draft_invoices(stripe, &subscription.id, &key("hold")).await?;
            let canceled = stripe::cancel_now(stripe, &subscription.id, &key("cancel-now")).await;
            // It had ended already.
            if canceled.as_ref().is_err_and(StripeError::is_missing) { Ok(()) } else { Ok(canceled?) }
        }
    }
}
