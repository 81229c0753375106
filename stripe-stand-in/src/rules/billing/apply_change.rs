//! Applies a computed change to a subscription, and collects the payment.

use serde_json::Value;

use crate::rules::billing::invoice_status::{self, UnpaidStatus};
use crate::rules::billing::invoices::{self, NewInvoice};
use crate::rules::billing::planned_change::{self, PaymentBehavior, PlannedChange};
use crate::rules::billing::{collection, discounts, invoice_lines, invoice_payments, subscription_status};
use crate::rules::payments::outcome::Outcome;
use crate::state::transaction::Tx;
use crate::values::due_time::PAYMENT_WINDOW;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;

/// Applies a change to `before`. Returns the subscription afterwards.
pub(crate) fn apply(
    tx: &Tx<'_>,
    before: &Object,
    planned_change: PlannedChange,
    behavior: PaymentBehavior,
) -> Result<Object, Error> {
    let PlannedChange { mut after, prorations, new_period_lines: lines, invoices_now } = planned_change;
    if before.get("pending_update").is_object() {
        // A new change replaces a pending update that is not paid yet.
        after.set("pending_update", Value::Null);
        for invoice in pending_invoices(tx, before)? {
            invoice_payments::require_not_processing(tx, &invoice)?;
        }
        void_pending_invoices(tx, before)?;
    }
    insert_invoice_items(tx, &prorations)?;
    if !invoices_now {
        subscription_status::save(tx, before, &after)?;
        subscription_status::announce_trial_end(tx, &mut after)?;
        return Ok(after);
    }
    let mut invoice = draft_invoice(tx, &mut after, lines, "subscription_update", subscription_item::period(before))?;
    let deferred_changes = planned_change::deferred_changes(before, &after);
    let is_deferred = behavior == PaymentBehavior::PendingIfIncomplete && invoice.int("amount_due") > 0;
    if is_deferred {
        invoice.set_hidden("pending_update", deferred_changes.clone());
        let mut with_invoice = before.clone();
        with_invoice.set("latest_invoice", invoice.id());
        with_invoice.set("pending_update", Value::Null);
        subscription_status::save(tx, before, &with_invoice)?;
    } else {
        subscription_status::save(tx, before, &after)?;
    }
    invoices::insert(tx, &invoice)?;
    invoice_status::finalize(tx, &mut invoice)?;
    if invoice.text("status") == "open" {
        pay_new_invoice(tx, &invoice, behavior)?;
    }
    let current = tx.load(ObjectType::Subscription, before.id())?;
    let is_paid = tx.load(ObjectType::Invoice, invoice.id())?.text("status") == "paid";
    if is_deferred && !is_paid { set_pending_update(tx, &current, &deferred_changes) } else { Ok(current) }
}

fn insert_invoice_items(tx: &Tx<'_>, items: &[Object]) -> Result<(), Error> {
    for item in items {
        tx.insert(item)?;
        tx.emit("invoiceitem.created", item)?;
    }
    Ok(())
}

/// Drafts an invoice of the pending invoice items and `additional_lines`. It becomes the subscription's latest
/// invoice.
pub(crate) fn draft_invoice(
    tx: &Tx<'_>,
    subscription: &mut Object,
    additional_lines: Vec<Value>,
    reason: &'static str,
    period: (i64, i64),
) -> Result<Object, Error> {
    let customer = tx.load(ObjectType::Customer, subscription.text("customer"))?;
    let pending = invoice_lines::pending_invoice_items(tx, customer.id(), Some(subscription.id()))?;
    let lines = pending.iter().map(invoice_lines::from_invoice_item).chain(additional_lines).collect();
    let currency = subscription.text("currency").to_owned();
    let new_invoice = NewInvoice {
        customer: &customer,
        subscription: Some(subscription),
        reason,
        currency: &currency,
        lines,
        period,
    };
    let invoice = invoices::draft(tx, new_invoice)?;
    subscription.set("latest_invoice", invoice.id());
    discounts::remove_if_used_up(tx, subscription)?;
    Ok(invoice)
}

/// Attempts to pay a new open invoice, as `behavior` requires.
pub(crate) fn pay_new_invoice(tx: &Tx<'_>, invoice: &Object, behavior: PaymentBehavior) -> Result<(), Error> {
    if behavior == PaymentBehavior::DefaultIncomplete {
        return subscription_status::apply_failed_payment(tx, invoice);
    }
    if invoice.text("billing_reason") == "subscription_create" || behavior == PaymentBehavior::ErrorIfIncomplete {
        let method =
            invoice_payments::method_of_invoice(tx, invoice)?.ok_or_else(invoice_payments::no_payment_method_error)?;
        let outcome = collection::pay(tx, invoice, &method)?;
        return refuse_unpaid(outcome, behavior);
    }
    collection::pay_automatically(tx, invoice).map(|_| ())
}

fn refuse_unpaid(outcome: Outcome, behavior: PaymentBehavior) -> Result<(), Error> {
    match subscription_status::unpaid_error(outcome) {
        Some(api_error) if behavior == PaymentBehavior::ErrorIfIncomplete => Err(api_error.into()),
        _ => Ok(()),
    }
}

/// Stores on the subscription what changes when its latest invoice is paid.
fn set_pending_update(tx: &Tx<'_>, before: &Object, deferred_changes: &Value) -> Result<Object, Error> {
    let mut after = before.clone();
    // It expires at the end of the period at the latest, because the renewal would not include the change.
    let expires_at = (tx.now() + PAYMENT_WINDOW).min(subscription_item::period(before).1);
    after.set("pending_update", planned_change::pending_update(deferred_changes, expires_at));
    subscription_status::save(tx, before, &after)?;
    Ok(after)
}

/// Drops an unpaid pending update, and voids its invoice.
pub(crate) fn expire_pending_update(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut after = before.clone();
    after.set("pending_update", Value::Null);
    subscription_status::save(tx, before, &after)?;
    tx.emit("customer.subscription.pending_update_expired", &after)?;
    void_pending_invoices(tx, before)
}

/// Voids the open invoices of pending updates.
fn void_pending_invoices(tx: &Tx<'_>, subscription: &Object) -> Result<(), Error> {
    for mut invoice in pending_invoices(tx, subscription)? {
        invoice_status::close_unpaid(tx, &mut invoice, UnpaidStatus::Void)?;
    }
    Ok(())
}

/// The open invoices of pending updates.
fn pending_invoices(tx: &Tx<'_>, subscription: &Object) -> Result<Vec<Object>, Error> {
    let mut open = invoices::draft_and_open(tx, subscription.id())?;
    open.retain(|invoice| invoice.text("status") == "open" && !invoice.hidden("pending_update").is_null());
    Ok(open)
}

/// Credits the unused time of the period as pending invoice items.
pub(crate) fn credit_unused_time(tx: &Tx<'_>, subscription: &Object) -> Result<(), Error> {
    let customer = tx.load(ObjectType::Customer, subscription.text("customer"))?;
    let (start, end) = subscription_item::period(subscription);
    if subscription.text("status") == "trialing" {
        return Ok(());
    }
    let remaining_period = (tx.now().clamp(start, end), end);
    insert_invoice_items(
        tx,
        &planned_change::unused_time_credits(
            tx,
            subscription,
            &customer,
            subscription_item::items_of(subscription),
            remaining_period,
        )?,
    )
}

/// Invoices the pending invoice items of a subscription, if there are any.
pub(crate) fn invoice_pending_items(tx: &Tx<'_>, subscription: &mut Object) -> Result<(), Error> {
    if invoice_lines::pending_invoice_items(tx, subscription.text("customer"), Some(subscription.id()))?.is_empty() {
        return Ok(());
    }
    let period = subscription_item::period(subscription);
    let mut invoice = draft_invoice(tx, subscription, Vec::new(), "subscription_update", period)?;
    tx.save(subscription)?;
    invoices::insert(tx, &invoice)?;
    invoice_status::finalize(tx, &mut invoice)?;
    if invoice.text("status") == "open" {
        collection::pay_automatically(tx, &invoice)?;
    }
    Ok(())
}

/// Resumes a paused subscription, with a period that begins now or with its old period. A new period must be paid
/// first.
pub(crate) fn resume(tx: &Tx<'_>, before: &Object, keeps_anchor: bool) -> Result<Object, Error> {
    let now = tx.now();
    let mut after = before.clone();
    let anchor = if keeps_anchor { before.int("billing_cycle_anchor") } else { now };
    let is_period_paid = keeps_anchor && subscription_item::period(before).1 > now;
    if is_period_paid {
        subscription_status::activate_paused(tx, before, after)?;
        return tx.load(ObjectType::Subscription, before.id());
    }
    let end = subscription_item::common_interval(subscription_item::items_of(before))?.period_end_after(anchor, now);
    after.set("billing_cycle_anchor", anchor);
    subscription_item::set_period(&mut after, now, end);
    let lines = invoice_lines::full_period(tx, &after, (now, end))?;
    let mut invoice = draft_invoice(tx, &mut after, lines, "subscription_update", subscription_item::period(before))?;
    invoice.set_hidden("resumes", true);
    subscription_status::save(tx, before, &after)?;
    invoices::insert(tx, &invoice)?;
    invoice_status::finalize(tx, &mut invoice)?;
    if invoice.text("status") == "open" {
        collection::pay_automatically(tx, &invoice)?;
    }
    tx.load(ObjectType::Subscription, before.id())
}
