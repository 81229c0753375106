//! `charge.dispute.created`, `charge.dispute.updated` and `charge.dispute.closed`: the purchase or the subscription that was paid
//! for is fetched with its disputes, and written. A lost dispute ends its subscription at Stripe, which would go on charging.
//! See <https://docs.stripe.com/disputes/how-disputes-work>.

use crate::domain::{DisputeId, LostDisputeAction, Subscription};
use crate::fulfil::context::Context;
use crate::fulfil::end_subscription::cancel_now;
use crate::fulfil::error::FulfilError;
use crate::fulfil::resolve::by_payment;
use crate::fulfil::resolve::resolved_sale::ResolvedSale;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::fulfil::update_action::UpdateAction;
use crate::stripe::{self, EarlierChange};

/// A payload has one dispute; only all of them together say whether the money is still in question.
pub(super) const ACTION: UpdateAction = UpdateAction::FetchFromStripe;

/// A dispute names its payment intent and nothing else. When the table does not know that one, it may have paid an invoice.
pub(super) async fn find_sale_without_metadata(
    context: &Context,
    update: &StripeUpdate,
) -> Result<ResolvedSale, FulfilError> {
    by_payment::resolve(context, update).await
}

/// Ends the subscription as it has to end: at once, or with a period that is paid for and not disputed. Another process,
/// or a retry after a crash, has read the same version of the fact and uses the same idempotency keys.
///
/// # Errors
/// When Stripe refuses or does not answer. The event is not recorded then, and is delivered again.
pub(crate) async fn end_subscription(
    context: &Context,
    subscription: &Subscription,
    dispute: &DisputeId,
    version: u64,
) -> Result<(), FulfilError> {
    let Context { stripe, app, .. } = context;
    let key = |operation: &str| format!("{app}:lost-dispute:{dispute}:{version}:{operation}");
    let earlier = EarlierChange {
        subscription: &subscription.id,
        schedule: subscription.schedule.as_deref(),
        pending_update_expires_at: subscription.pending_update_expires_at,
    };
    // One that is being paid goes on: `cancel_at_period_end` moves with the period that it begins.
    stripe::withdraw_earlier_change(stripe, &earlier, key).await?;
    match subscription.lost_dispute_action() {
        LostDisputeAction::NothingToDo => Ok(()),
        LostDisputeAction::CancelAtPeriodEnd => {
            Ok(stripe::cancel_at_period_end(stripe, &subscription.id, &key("cancel")).await?)
        }
        LostDisputeAction::CancelNow => Ok(cancel_now(context, &subscription.id, &key).await?),
    }
}
