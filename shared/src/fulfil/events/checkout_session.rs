//! `checkout.session.completed`, `checkout.session.async_payment_succeeded`, `checkout.session.async_payment_failed` and
//! `checkout.session.expired`: the purchase or the subscription that the session sold is written, and the learner's open checkout
//! is closed.

use super::update_kind::CheckoutSessionChange;
use crate::domain::{Payment, Purchase, SessionId, Subscription};
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::resolve::by_price;
use crate::fulfil::resolve::resolved_sale::{ResolvedSale, none_if_missing};
use crate::fulfil::stripe_update::StripeUpdate;
use crate::fulfil::update_action::UpdateAction;
use crate::stripe;

pub(super) fn purchase_action(
    stored: Option<&Purchase>,
    change: CheckoutSessionChange,
    can_project_payload: bool,
) -> UpdateAction {
    let is_paid = stored.is_some_and(|stored| stored.payment == Payment::Paid);
    match change {
        // It closes the checkout, and nothing was sold.
        CheckoutSessionChange::Expired => UpdateAction::KeepFact,
        CheckoutSessionChange::Completed | CheckoutSessionChange::PaymentSucceeded if is_paid => UpdateAction::KeepFact,
        CheckoutSessionChange::Completed | CheckoutSessionChange::PaymentSucceeded
            if stored.is_none() && can_project_payload =>
        {
            UpdateAction::ProjectPayload
        }
        CheckoutSessionChange::Completed
        | CheckoutSessionChange::PaymentSucceeded
        | CheckoutSessionChange::PaymentFailed => UpdateAction::FetchFromStripe,
    }
}

/// A session tells that its subscription exists, and that its first payment arrived. The subscription's own events tell the
/// rest, and may be late.
pub(super) fn subscription_action(stored: Option<&Subscription>, change: CheckoutSessionChange) -> UpdateAction {
    match change {
        CheckoutSessionChange::Expired => UpdateAction::KeepFact,
        CheckoutSessionChange::PaymentSucceeded if stored.is_some_and(Subscription::waits_for_payment) => {
            UpdateAction::FetchFromStripe
        }
        _ if stored.is_some() => UpdateAction::KeepFact,
        _ => UpdateAction::FetchFromStripe,
    }
}

/// A session without our metadata, as of a Payment Link: the prices that it sold say whether it is ours.
pub(super) async fn find_sale_without_metadata(
    context: &Context,
    update: &StripeUpdate,
    change: CheckoutSessionChange,
) -> Result<ResolvedSale, FulfilError> {
    // Nothing was sold when a session expired.
    if change == CheckoutSessionChange::Expired {
        return Ok(ResolvedSale::NotOurs);
    }
    let Ok(session) = SessionId::parse(update.object.id.as_str()) else { return Ok(ResolvedSale::NotOurs) };
    let found = none_if_missing(stripe::list_session_prices(&context.stripe, &context.app, &session).await)?;
    let Some(prices) = found else { return Ok(ResolvedSale::NotOurs) };
    by_price::resolve(context, update, &prices).await
}
