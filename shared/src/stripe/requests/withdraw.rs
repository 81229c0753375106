//! What was to change a subscription, and is withdrawn because something else takes its place.

use jiff::{SignedDuration, Timestamp};
use stripe_shared::InvoiceBillingReason as BillingReason;

use super::cancel::{list_payable_invoices, void_invoice};
use super::schedule::release_schedule;
use super::subscription::is_payment_processing;
use crate::domain::{InvoiceId, SubscriptionId};
use crate::stripe::client::StripeClient;
use crate::stripe::error::{StripeError, or_unreadable};
use crate::stripe::objects::StripeInvoice;

/// A pending update expires 23 hours after it was made, or before.
/// See <https://docs.stripe.com/billing/subscriptions/pending-updates-reference#expiration>.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// What an earlier request has left at Stripe.
#[derive(Debug, Clone, Copy)]
pub struct EarlierChange<'a> {
    /// Of which subscription.
    pub subscription: &'a SubscriptionId,
    /// The schedule that manages it.
    pub schedule: Option<&'a str>,
    /// When a change expires that waits for its payment.
    pub pending_update_expires_at: Option<Timestamp>,
}

/// What became of an earlier change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// Nothing is left of it.
    Done,
    /// A payment for it is processing, and cannot be called back. Nothing was withdrawn.
    PaymentProcessing,
    /// It was paid or dropped a moment ago: the subscription is another one than the caller knows.
    Settled,
}

/// Withdraws a change that waits for its payment, by voiding its invoice, and releases the schedule. It may be repeated.
/// See <https://docs.stripe.com/billing/subscriptions/pending-updates>.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn withdraw_earlier_change(
    stripe: &StripeClient,
    earlier: &EarlierChange<'_>,
    key: impl Fn(&str) -> String,
) -> Result<Withdrawal, StripeError> {
    let EarlierChange { subscription, schedule, pending_update_expires_at } = *earlier;
    if let Some(expires_at) = pending_update_expires_at {
        let Some(invoice) = find_pending_update_invoice(stripe, subscription, expires_at).await? else {
            return Ok(Withdrawal::Settled);
        };
        if is_payment_processing(stripe, invoice.as_str()).await? {
            return Ok(Withdrawal::PaymentProcessing);
        }
        match void_invoice(stripe, &invoice, &key(&format!("void:{invoice}"))).await {
            Err(error) if error.is_refusal() => return Ok(Withdrawal::Settled),
            answer => answer?,
        }
    }
    if let Some(schedule) = schedule {
        release_schedule(stripe, schedule, &key(&format!("release:{schedule}"))).await?;
    }
    Ok(Withdrawal::Done)
}

/// The invoice that a pending update waits for. Stripe links neither to the other, but a later update takes the place of an
/// earlier one: so it is the newest unpaid invoice of an update.
async fn find_pending_update_invoice(
    stripe: &StripeClient,
    subscription: &SubscriptionId,
    expires_at: Timestamp,
) -> Result<Option<InvoiceId>, StripeError> {
    let since = expires_at.checked_sub(LONGEST_WAIT).unwrap_or(Timestamp::MIN).as_second();
    let is_candidate = |invoice: &StripeInvoice| {
        invoice.billing_reason == Some(BillingReason::SubscriptionUpdate) && invoice.created >= since
    };
    let unpaid = list_payable_invoices(stripe, subscription).await?;
    let newest = unpaid.into_iter().filter(is_candidate).max_by_key(|invoice| invoice.created);
    let id = newest.and_then(|invoice| invoice.id);
    id.map(|id| or_unreadable(InvoiceId::parse(id.as_str()), "an invoice id")).transpose()
}
