//! Cancels a subscription immediately: on request, or because its last payment failed
//! (<https://docs.stripe.com/billing/subscriptions/cancel>).

use serde_json::{Value, json};

use crate::rules::billing::{apply_change, invoice_lines, invoices, schedule_phases, subscription_status};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;

/// Why and how a subscription is canceled immediately.
pub(crate) struct Cancellation {
    /// `cancellation_requested` or `payment_failed`.
    pub(crate) reason: &'static str,
    /// Credit the unused time of the period.
    pub(crate) prorate: bool,
    /// Invoice the pending invoice items.
    pub(crate) invoice_now: bool,
}

impl Cancellation {
    /// Canceled on request, without a credit.
    pub(crate) const REQUESTED: Cancellation =
        Cancellation { reason: "cancellation_requested", prorate: false, invoice_now: false };
}

/// Cancels a subscription.
pub(crate) fn cancel(tx: &Tx<'_>, before: &Object, options: &Cancellation) -> Result<Object, Error> {
    let mut after = before.clone();
    if options.prorate {
        apply_change::credit_unused_time(tx, before)?;
    }
    for invoice in invoices::draft_and_open(tx, before.id())? {
        invoices::stop_collection(tx, &invoice)?;
    }
    if options.invoice_now {
        apply_change::invoice_pending_items(tx, &mut after)?;
    } else if !options.prorate {
        delete_pending_prorations(tx, before)?;
    }
    let was_incomplete = before.text("status") == "incomplete";
    after.set("status", if was_incomplete { "incomplete_expired" } else { "canceled" });
    after.set("canceled_at", before.get("canceled_at").as_i64().unwrap_or_else(|| tx.now()));
    after.set("ended_at", tx.now());
    after.set("pending_update", Value::Null);
    let mut details = before.get("cancellation_details").clone();
    details["reason"] = json!(options.reason);
    after.set("cancellation_details", details);
    after.set("schedule", Value::Null);
    tx.save(&after)?;
    tx.emit("customer.subscription.deleted", &after)?;
    if let Some(open) = schedule_phases::schedule_of(tx, before)?.filter(schedule_phases::is_open) {
        schedule_phases::mark_canceled(tx, &open)?;
    }
    Ok(after)
}

/// Deletes the pending prorations of a subscription that ends without another invoice.
fn delete_pending_prorations(tx: &Tx<'_>, subscription: &Object) -> Result<(), Error> {
    for item in invoice_lines::pending_invoice_items(tx, subscription.text("customer"), Some(subscription.id()))? {
        tx.delete(&item)?;
        tx.emit("invoiceitem.deleted", &item)?;
    }
    Ok(())
}

/// The last automatic attempt failed. The account's setting decides what happens to the subscription.
pub(crate) fn handle_final_payment_failure(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) =
        subscription_status::subscription_of_invoice(tx, invoice)?.filter(|before| before.text("status") == "past_due")
    else {
        return Ok(());
    };
    match tx.setting(AFTER_FAILED_PAYMENTS)?.as_deref() {
        Some("past_due") => Ok(()),
        Some("unpaid") => {
            let mut after = before.clone();
            after.set("status", "unpaid");
            subscription_status::save(tx, &before, &after)
        }
        _ => {
            let options = Cancellation { reason: "payment_failed", ..Cancellation::REQUESTED };
            cancel(tx, &before, &options).map(|_| ())
        }
    }
}

/// The account's setting for a subscription whose last payment retry failed: `cancel`, `unpaid` or `past_due`. At
/// Stripe it is in the Dashboard.
pub(crate) const AFTER_FAILED_PAYMENTS: &str = "after_failed_payments";
