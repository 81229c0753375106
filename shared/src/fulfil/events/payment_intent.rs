//! `payment_intent.succeeded`, `payment_intent.processing`, `payment_intent.payment_failed` and `payment_intent.canceled`: the
//! purchase that the payment is for is written. Of a subscription, only a bank debit that is processing matters; its invoices tell
//! the rest.

use super::update_kind::PaymentIntentChange;
use crate::domain::{Payment, Purchase};
use crate::fulfil::context::Context;
use crate::fulfil::error::FulfilError;
use crate::fulfil::resolve::by_payment;
use crate::fulfil::resolve::resolved_sale::ResolvedSale;
use crate::fulfil::stripe_update::StripeUpdate;
use crate::fulfil::update_action::UpdateAction;

pub(super) fn purchase_action(
    stored: Option<&Purchase>,
    change: PaymentIntentChange,
    can_project_payload: bool,
) -> UpdateAction {
    let is_paid = stored.is_some_and(|stored| stored.payment == Payment::Paid);
    match change {
        PaymentIntentChange::Processing | PaymentIntentChange::Succeeded if is_paid => UpdateAction::KeepFact,
        PaymentIntentChange::Succeeded if stored.is_none() && can_project_payload => UpdateAction::ProjectPayload,
        // The checkout is still open, or the session's own event follows: a declined card is no purchase.
        PaymentIntentChange::Failed | PaymentIntentChange::Canceled if stored.is_none() => UpdateAction::KeepFact,
        PaymentIntentChange::Processing
        | PaymentIntentChange::Succeeded
        | PaymentIntentChange::Failed
        | PaymentIntentChange::Canceled => UpdateAction::FetchFromStripe,
    }
}

pub(super) fn subscription_action(change: PaymentIntentChange) -> UpdateAction {
    match change {
        PaymentIntentChange::Processing => UpdateAction::FetchFromStripe,
        PaymentIntentChange::Succeeded | PaymentIntentChange::Failed | PaymentIntentChange::Canceled => {
            UpdateAction::KeepFact
        }
    }
}

/// A bank debit for an invoice does not say whose it is; the invoice's subscription does.
pub(super) async fn find_sale_without_metadata(
    context: &Context,
    update: &StripeUpdate,
    change: PaymentIntentChange,
) -> Result<ResolvedSale, FulfilError> {
    match change {
        PaymentIntentChange::Processing => by_payment::resolve(context, update).await,
        PaymentIntentChange::Succeeded | PaymentIntentChange::Failed | PaymentIntentChange::Canceled => {
            Ok(ResolvedSale::NotOurs)
        }
    }
}
