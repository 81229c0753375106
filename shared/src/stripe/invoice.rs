//! What an invoice of a subscription is for, and where it stands.

use stripe_shared::{InvoiceBillingReason as BillingReason, InvoiceLineItem};

use super::objects::StripeInvoice;
use crate::domain::InvoiceStatus;

/// Whether it is for an item's period, and not for a change in the middle of it.
pub(super) fn is_of_period(line: &InvoiceLineItem) -> bool {
    let item = line.parent.as_ref().and_then(|parent| parent.subscription_item_details.as_ref());
    item.is_some_and(|item| !item.proration)
}

/// Whether it is the invoice of the period that began at `start`: it has a line of a subscription's item, which is not a
/// proration, over that time. Invoices of changes have prorations only.
/// See <https://docs.stripe.com/api/invoice-line-item/object>.
pub(super) fn invoice_covers(invoice: &StripeInvoice, start: i64) -> bool {
    let mut lines = invoice.lines.data.iter();
    let covered = lines.any(|line| is_of_period(line) && (line.period.start..line.period.end).contains(&start));
    // Stripe embeds the first ten lines only: a renewal after many changes is known by its reason and its time.
    covered || (invoice.lines.has_more && is_renewal_invoice(invoice) && invoice.created >= start)
}

/// Whether it is for another period of what ran before.
pub(super) fn is_renewal_invoice(invoice: &StripeInvoice) -> bool {
    matches!(invoice.billing_reason, Some(BillingReason::SubscriptionCycle | BillingReason::Subscription))
}

/// Where an invoice stands.
pub(super) fn invoice_status(invoice: &StripeInvoice) -> InvoiceStatus {
    InvoiceStatus::from(invoice.status.as_ref().map_or("draft", |status| status.as_str()))
}
