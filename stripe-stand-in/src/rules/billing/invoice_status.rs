//! The status transitions of an invoice: finalized, paid, voided, uncollectible
//! (<https://docs.stripe.com/invoicing/overview#workflow-overview>).

use serde_json::Value;

use crate::rules::billing::{invoice_payments, invoices, subscription_status};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Finalizes a draft: sets its number, applies the customer's balance, and marks it as paid when nothing is due.
pub(crate) fn finalize(tx: &Tx<'_>, invoice: &mut Object) -> Result<(), Error> {
    invoices::require_status(invoice, &["draft"], "finalized")?;
    let mut customer = tx.load(ObjectType::Customer, invoice.text("customer"))?;
    let sequence = customer.int("next_invoice_sequence");
    customer.set("next_invoice_sequence", sequence + 1);
    tx.save(&customer)?;
    invoice.set("number", format!("{}-{sequence:04}", customer.text("invoice_prefix")));
    invoice.set("automatically_finalizes_at", Value::Null);
    invoice.set("next_payment_attempt", Value::Null);
    invoice.set("effective_at", tx.now());
    invoice.set("starting_balance", customer.get("balance").clone());
    let (due, balance) = invoices::due_and_balance(invoice);
    invoice.set("amount_due", due);
    invoice.set("amount_remaining", due);
    invoice.set("ending_balance", balance);
    set_balance(tx, &customer, balance)?;
    let page = format!("{}/i/{}", tx.public_url, invoice.id());
    invoice.set("invoice_pdf", format!("{page}/pdf"));
    invoice.set("hosted_invoice_url", page);
    invoice.set("status", "open");
    invoices::set_status_transition(invoice, "finalized_at", tx.now());
    if due > 0 && invoice.hidden("is_not_collected") != true {
        invoice_payments::create_payment_intent(tx, invoice)?;
    }
    tx.save(invoice)?;
    tx.emit("invoice.finalized", invoice)?;
    if due == 0 { mark_paid(tx, invoice, None) } else { Ok(()) }
}

fn set_balance(tx: &Tx<'_>, before: &Object, balance: i64) -> Result<(), Error> {
    let mut customer = before.clone();
    customer.set("balance", balance);
    tx.save_and_emit("customer.updated", before, &customer)
}

/// Marks an open invoice as paid, with or without a payment, and updates its subscription.
pub(crate) fn mark_paid(tx: &Tx<'_>, invoice: &mut Object, payment: Option<&Object>) -> Result<(), Error> {
    let before = invoice.clone();
    invoice.set("status", "paid");
    invoice.set("attempted", true);
    invoice.set("auto_advance", false);
    invoice.set("next_payment_attempt", Value::Null);
    let due = invoice.int("amount_due");
    invoice.set("amount_paid", due);
    invoice.set("amount_remaining", 0);
    invoices::set_status_transition(invoice, "paid_at", tx.now());
    if payment.is_some() {
        invoice.set("attempt_count", before.int("attempt_count") + 1);
        tx.save_and_emit("invoice.updated", &before, invoice)?;
    } else {
        tx.save(invoice)?;
    }
    tx.emit("invoice.paid", invoice)?;
    if invoice.hidden("out_of_band") != true {
        tx.emit("invoice.payment_succeeded", invoice)?;
    }
    if payment.is_some() {
        invoice_payments::mark_payments_paid(tx, invoice)?;
    }
    subscription_status::apply_paid_invoice(tx, invoice, payment)
}

/// Closes an unpaid invoice as `void` or `uncollectible`.
pub(crate) fn close_unpaid(tx: &Tx<'_>, invoice: &mut Object, unpaid_status: UnpaidStatus) -> Result<(), Error> {
    let (status, allowed, transition_field, event): (_, &[&str], _, _) = match unpaid_status {
        UnpaidStatus::Void => ("void", &["open", "uncollectible"], "voided_at", "invoice.voided"),
        UnpaidStatus::Uncollectible => {
            ("uncollectible", &["open"], "marked_uncollectible_at", "invoice.marked_uncollectible")
        }
    };
    invoices::require_status(
        invoice,
        allowed,
        if unpaid_status == UnpaidStatus::Void { "voided" } else { "marked uncollectible" },
    )?;
    let before = invoice.clone();
    invoice.set("status", status);
    invoice.set("auto_advance", false);
    invoice.set("next_payment_attempt", Value::Null);
    invoices::set_status_transition(invoice, transition_field, tx.now());
    if unpaid_status == UnpaidStatus::Void {
        invoice.set("amount_remaining", 0);
        invoice_payments::cancel_payments(tx, invoice)?;
    }
    tx.save_and_emit("invoice.updated", &before, invoice)?;
    tx.emit(event, invoice)?;
    subscription_status::apply_closed_invoice(tx, invoice)
}

/// The status of an invoice that is closed without payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnpaidStatus {
    /// The invoice is canceled.
    Void,
    /// The invoice is a bad debt. It can still be paid.
    Uncollectible,
}
