//! Payment attempts for invoices, and retries (<https://docs.stripe.com/billing/revenue-recovery/smart-retries>).

use serde_json::{Value, json};

use crate::rules::billing::{invoice_payments, invoice_status, invoices, subscription_status};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::{attempt, bank_debits, charges};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::invoice;
use crate::values::payment_retry_schedule::PaymentRetrySchedule;

/// Pays an open invoice, and updates it and its subscription.
pub(crate) fn pay(tx: &Tx<'_>, invoice: &Object, method: &Object) -> Result<Outcome, Error> {
    invoices::require_status(invoice, &["open", "uncollectible"], "paid")?;
    let mut intent = tx.load(ObjectType::PaymentIntent, invoice.hidden_text("intent"))?;
    let outcome = attempt::pay(tx, &mut intent, method)?;
    apply_outcome(tx, &intent, &outcome)?;
    match attempt::automatic_settlement(method) {
        Some(settlement) => {
            let mut intent = tx.load(ObjectType::PaymentIntent, intent.id())?;
            let settled = bank_debits::settle(tx, &mut intent, settlement)?;
            apply_outcome(tx, &intent, &settled)?;
            charges::record_latest_balance_transaction(tx, &intent)?;
        }
        None => attempt::follow_up(tx, &intent, method)?,
    }
    Ok(outcome)
}

/// An automatic payment attempt. Without a payment method it fails without a charge. [`is_final_failure`] tells
/// whether it was the last one.
pub(crate) fn pay_automatically(tx: &Tx<'_>, invoice: &Object) -> Result<Option<Outcome>, Error> {
    let mut invoice = invoice.clone();
    invoice.set_hidden("automatic_attempts", invoice.hidden("automatic_attempts").as_i64().unwrap_or_default() + 1);
    invoice.set_hidden("automatic", true);
    tx.save(&invoice)?;
    let outcome = match invoice_payments::method_of_invoice(tx, &invoice)? {
        Some(method) => Some(pay(tx, &invoice, &method)?),
        None => {
            record_failure(tx, &invoice, Failure::Declined)?;
            None
        }
    };
    let mut after = tx.load(ObjectType::Invoice, invoice.id())?;
    after.set_hidden("automatic", false);
    tx.save(&after)?;
    Ok(outcome)
}

/// True when an automatic attempt with this outcome left the invoice unpaid and no retry follows.
pub(crate) fn is_final_failure(invoice: &Object, outcome: Option<&Outcome>) -> bool {
    let is_last = invoice.text("status") == "open" && invoice.get("next_payment_attempt").is_null();
    let is_declined = !matches!(outcome, Some(Outcome::Processing | Outcome::Paid));
    is_last && is_declined && is_retried(invoice)
}

/// Whether Stripe retries the payment of an invoice. It does not for the first invoice of a subscription and for a
/// pending update.
fn is_retried(invoice: &Object) -> bool {
    invoice.text("billing_reason") != "subscription_create"
        && !invoice::subscription_id(invoice).is_empty()
        && invoice.hidden("pending_update").is_null()
        && invoice.hidden("resumes") != true
}

/// Updates the invoice of a payment intent after a payment attempt, if it has one.
pub(crate) fn apply_outcome(tx: &Tx<'_>, intent: &Object, outcome: &Outcome) -> Result<(), Error> {
    let Some(mut invoice) = tx.find(ObjectType::Invoice, intent.hidden_text("invoice"))? else {
        return Ok(());
    };
    if !matches!(invoice.text("status"), "open" | "uncollectible") {
        return Ok(());
    }
    match outcome {
        Outcome::Paid => invoice_status::mark_paid(tx, &mut invoice, Some(intent)),
        // Stripe treats a processing bank debit as paid.
        Outcome::Processing => subscription_status::apply_processing_payment(tx, &invoice),
        Outcome::RequiresAction => record_failure(tx, &invoice, Failure::NeedsAuthentication),
        Outcome::Declined(_) => record_failure(tx, &invoice, Failure::Declined),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Declined,
    NeedsAuthentication,
}

fn record_failure(tx: &Tx<'_>, before: &Object, failure: Failure) -> Result<(), Error> {
    let mut invoice = before.clone();
    invoice.set("attempted", true);
    invoice.set("attempt_count", before.int("attempt_count") + 1);
    if before.hidden("automatic") == true && is_retried(before) {
        invoice.set("next_payment_attempt", next_attempt_time(tx, before)?);
    }
    tx.save_and_emit("invoice.updated", before, &invoice)?;
    let is_first = invoice.text("billing_reason") == "subscription_create";
    if failure == Failure::NeedsAuthentication {
        tx.emit("invoice.payment_action_required", &invoice)?;
    }
    // In a first payment the payer is present and can authenticate. Otherwise the payment has failed.
    if failure == Failure::Declined || !is_first {
        tx.emit("invoice.payment_failed", &invoice)?;
    }
    subscription_status::apply_failed_payment(tx, &invoice)
}

/// Null after the last attempt. Then the account's setting decides about the subscription.
fn next_attempt_time(tx: &Tx<'_>, invoice: &Object) -> Result<Value, Error> {
    let attempts = invoice.hidden("automatic_attempts").as_i64().unwrap_or(1);
    let (schedule, seed) = tx.payment_retry_schedule()?;
    let invoice_number = tx.creation_number(ObjectType::Invoice, invoice.id())?;
    // The stored text was checked when it was set.
    let schedule = schedule.parse::<PaymentRetrySchedule>().ok();
    let delay = schedule.and_then(|schedule| schedule.delay_after(attempts, invoice_number, seed));
    Ok(delay.map_or(Value::Null, |delay| json!(tx.now() + delay)))
}
