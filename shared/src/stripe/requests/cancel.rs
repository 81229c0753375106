//! Ending a subscription, and what is left of its invoices.

use stripe_billing::invoice::{ListInvoice, RetrieveInvoice, UpdateInvoice, VoidInvoiceInvoice};
use stripe_billing::subscription::{CancelSubscription, CancelSubscriptionCancellationDetails, UpdateSubscription};
use stripe_shared::InvoiceStatus;

use super::mutation::Mutation;
use super::{PAGE, parse_id};
use crate::domain::{InvoiceId, SubscriptionId};
use crate::stripe::projection::TRIAL_USED;
use crate::stripe::{StripeClient, StripeError};

/// Lets it end with the current period.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn cancel_at_period_end(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    let request = UpdateSubscription::new(id.as_str()).cancel_at_period_end(true);
    Mutation::new(stripe, key).send(request).await.map(drop)
}

/// Ends it now. Nothing is given back for the rest of the period, and nothing more is charged: what to refund is an
/// operator's decision.
///
/// # Errors
/// When Stripe refuses (one that has ended is [`StripeError::is_missing`]) or does not answer.
pub async fn cancel_now(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    let request = CancelSubscription::new(id.as_str()).invoice_now(false).prorate(false);
    Mutation::new(stripe, key).send(request).await.map(drop)
}

/// Ends a subscription in its trial, and notes at Stripe that the learner had another one: nothing is charged.
///
/// # Errors
/// When Stripe refuses (an ended subscription is [`StripeError::is_missing`]) or does not answer.
pub async fn end_second_trial(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    let mut details = CancelSubscriptionCancellationDetails::new();
    details.comment = Some(TRIAL_USED.to_owned());
    let request = CancelSubscription::new(id.as_str()).cancellation_details(details);
    Mutation::new(stripe, key).send(request.invoice_now(false).prorate(false)).await.map(drop)
}

/// Keeps Stripe from charging the subscription's drafts: a renewal's invoice is one for an hour, and outlives the end.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn hold_drafts(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    let drafts = ListInvoice::new().subscription(id.as_str()).status(InvoiceStatus::Draft).limit(PAGE);
    for draft in drafts.send(stripe).await?.data {
        let Some(invoice) = draft.id.filter(|_| draft.auto_advance != Some(false)) else { continue };
        let request = UpdateInvoice::new(invoice.as_str()).auto_advance(false);
        Mutation::new(stripe, &format!("{key}:{}", invoice.as_str())).send(request).await?;
    }
    Ok(())
}

/// The subscription's invoices that wait for their payment, at most a hundred.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn open_invoices(stripe: &StripeClient, id: &SubscriptionId) -> Result<Vec<InvoiceId>, StripeError> {
    let open = ListInvoice::new().subscription(id.as_str()).status(InvoiceStatus::Open).limit(PAGE);
    let ids = open.send(stripe).await?.data.into_iter().filter_map(|invoice| invoice.id);
    ids.map(|id| parse_id(InvoiceId::parse(id.as_str()), "an invoice id")).collect()
}

/// Voids an invoice: nobody can pay it any more. See <https://docs.stripe.com/api/invoices/void>.
///
/// # Errors
/// When Stripe refuses (it was paid meanwhile, or a payment of it is processing) or does not answer.
pub async fn void_invoice(stripe: &StripeClient, id: &InvoiceId, key: &str) -> Result<(), StripeError> {
    let done = || async {
        let invoice = RetrieveInvoice::new(id.as_str()).send(stripe).await?;
        Ok((invoice.status == Some(InvoiceStatus::Void)).then_some(invoice))
    };
    match Mutation::new(stripe, key).send_unless(VoidInvoiceInvoice::new(id.as_str()), done).await {
        // Somebody else was faster.
        Err(error) if error.is_refusal() => done().await?.map(drop).ok_or(error),
        answer => answer.map(drop),
    }
}
