//! Ending a subscription, and what is left of its invoices.

use stripe_billing::invoice::{ListInvoice, RetrieveInvoice, UpdateInvoice, VoidInvoiceInvoice};
use stripe_billing::subscription::{CancelSubscription, CancelSubscriptionCancellationDetails, UpdateSubscription};
use stripe_shared::InvoiceStatus;

use super::mutation::Mutation;
use super::page_size::MAX_PAGE_SIZE;
use crate::domain::{InvoiceId, SubscriptionId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::metadata::TRIAL_USED_COMMENT;
use crate::stripe::objects::StripeInvoice;

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
pub async fn cancel_second_trial(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    let mut details = CancelSubscriptionCancellationDetails::new();
    details.comment = Some(TRIAL_USED_COMMENT.to_owned());
    let request = CancelSubscription::new(id.as_str()).cancellation_details(details);
    Mutation::new(stripe, key).send(request.invoice_now(false).prorate(false)).await.map(drop)
}

/// Stops Stripe from charging draft invoices of the subscription. A renewal's invoice stays a draft for an hour and
/// is charged even after the subscription was canceled.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn stop_draft_invoices(stripe: &StripeClient, id: &SubscriptionId, key: &str) -> Result<(), StripeError> {
    let drafts = ListInvoice::new().subscription(id.as_str()).status(InvoiceStatus::Draft).limit(MAX_PAGE_SIZE);
    for draft in drafts.send(stripe).await?.data {
        let Some(invoice) = draft.id.filter(|_| draft.auto_advance != Some(false)) else { continue };
        let request = UpdateInvoice::new(invoice.as_str()).auto_advance(false);
        Mutation::new(stripe, &format!("{key}:{}", invoice.as_str())).send(request).await?;
    }
    Ok(())
}

/// The ids of the subscription's invoices that can be paid.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn list_unpaid_invoices(stripe: &StripeClient, id: &SubscriptionId) -> Result<Vec<InvoiceId>, StripeError> {
    let ids = list_payable_invoices(stripe, id).await?.into_iter().filter_map(|invoice| invoice.id);
    ids.map(|id| or_unreadable(InvoiceId::parse(id.as_str()), "an invoice id")).collect()
}

/// The subscription's invoices that can be paid, at most a hundred of each kind: those that wait for their payment, and those
/// that were written off, whose page still takes it.
pub(super) async fn list_payable_invoices(
    stripe: &StripeClient,
    id: &SubscriptionId,
) -> Result<Vec<StripeInvoice>, StripeError> {
    let with = |status| ListInvoice::new().subscription(id.as_str()).status(status).limit(MAX_PAGE_SIZE);
    let (open, written_off) = (with(InvoiceStatus::Open), with(InvoiceStatus::Uncollectible));
    let (open, written_off) = tokio::try_join!(open.send(stripe), written_off.send(stripe))?;
    Ok(open.data.into_iter().chain(written_off.data).collect())
}

/// Voids an invoice: nobody can pay it any more. See <https://docs.stripe.com/api/invoices/void>.
///
/// # Errors
/// When Stripe refuses (it was paid meanwhile, or a payment of it is processing) or does not answer.
pub async fn void_invoice(stripe: &StripeClient, id: &InvoiceId, key: &str) -> Result<(), StripeError> {
    let find_result = || async {
        let invoice = RetrieveInvoice::new(id.as_str()).send(stripe).await?;
        Ok((invoice.status == Some(InvoiceStatus::Void)).then_some(invoice))
    };
    match Mutation::new(stripe, key).send_unless(VoidInvoiceInvoice::new(id.as_str()), find_result).await {
        // Somebody else was faster.
        Err(error) if error.is_refusal() => find_result().await?.map(drop).ok_or(error),
        answer => answer.map(drop),
    }
}
