//! The life of an invoice: drafted, finalized, paid, voided or given up
//! (<https://docs.stripe.com/invoicing/overview#workflow-overview>).

use serde_json::{Value, json};

use super::calendar::HOUR;
use super::{collect, discount, subscription};
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::payments::intent;
use crate::resources::invoice_object;
use crate::store::{Query, Tx};

/// What an invoice is made of.
pub(crate) struct Bill<'a> {
    pub(crate) customer: &'a Object,
    pub(crate) subscription: Option<&'a Object>,
    /// `subscription_create`, `subscription_cycle`, `subscription_update` or `manual`.
    pub(crate) reason: &'static str,
    pub(crate) currency: &'a str,
    /// Lines, as `lines.rs` makes them.
    pub(crate) lines: Vec<Value>,
    /// The period that the invoice closes.
    pub(crate) period: (i64, i64),
}

/// A draft with its amounts; neither stored nor announced.
pub(crate) fn draft(tx: &Tx<'_>, bill: Bill<'_>) -> Result<Object, Error> {
    let mut lines = bill.lines;
    let discounts = match bill.subscription {
        Some(subscription) => discount::apply(tx, subscription, &mut lines)?,
        None => Vec::new(),
    };
    let mut invoice = invoice_object::blank(tx, bill.customer, bill.currency);
    invoice.set("billing_reason", bill.reason);
    invoice.set("period_start", bill.period.0);
    invoice.set("period_end", bill.period.1);
    invoice.set("discounts", discounts.iter().map(|off| off["discount"].clone()).collect::<Vec<_>>());
    invoice.set("total_discount_amounts", discounts);
    if let Some(subscription) = bill.subscription {
        let details = json!({
            "metadata": subscription.get("metadata"),
            "subscription": subscription.id(),
            "subscription_proration_date": null,
        });
        let parent = json!({ "quote_details": null, "subscription_details": details, "type": "subscription_details" });
        invoice.set("parent", parent);
        // Its own payment method goes before the customer's.
        invoice.hide("subscription_payment_method", subscription.get("default_payment_method").clone());
    }
    set_lines(&mut invoice, lines);
    Ok(invoice)
}

/// Replaces the lines of a draft and computes its amounts.
pub(crate) fn set_lines(invoice: &mut Object, mut lines: Vec<Value>) {
    for line in &mut lines {
        line["invoice"] = json!(invoice.id());
    }
    let subtotal: i64 = lines.iter().filter_map(|line| line["amount"].as_i64()).sum();
    let discounts = invoice.get("total_discount_amounts").as_array().cloned().unwrap_or_default();
    let off: i64 = discounts.iter().filter_map(|discount| discount["amount"].as_i64()).sum();
    let url = format!("/v1/invoices/{}/lines", invoice.id());
    let list = json!({ "object": "list", "data": lines, "has_more": false, "total_count": lines.len(), "url": url });
    invoice.set("lines", list);
    for (field, amount) in [("subtotal", subtotal), ("total", subtotal - off)] {
        invoice.set(field, amount);
        invoice.set(&format!("{field}_excluding_tax"), amount);
    }
    let due = split_due(invoice).0;
    invoice.set("amount_due", due);
    invoice.set("amount_remaining", due);
}

/// What a customer owes for an invoice, and what their balance is afterwards. A balance below zero is the customer's
/// credit; what is too little to be charged waits for the next invoice
/// (<https://docs.stripe.com/billing/customer/balance>).
fn split_due(invoice: &Object) -> (i64, i64) {
    let owed = invoice.int("total") + invoice.int("starting_balance");
    if owed < intent::SMALLEST_AMOUNT { (0, owed) } else { (owed, 0) }
}

/// Stores a draft, which takes the invoice items behind its lines with it, and announces it.
pub(crate) fn insert(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    for line in lines(invoice) {
        let details = ["subscription_item_details", "invoice_item_details"].map(|kind| &line["parent"][kind]);
        let item = details.iter().find_map(|details| details["invoice_item"].as_str());
        if let Some(mut item) = tx.find(Kind::InvoiceItem, item.unwrap_or_default())? {
            item.set("invoice", invoice.id());
            tx.save(&item)?;
        }
    }
    tx.insert(invoice)?;
    tx.emit("invoice.created", invoice)
}

/// The lines of an invoice.
pub(crate) fn lines(invoice: &Object) -> &[Value] {
    invoice.at("/lines/data").as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A draft of a renewal waits an hour for changes before Stripe finalizes and charges it.
pub(crate) fn finalize_in_an_hour(tx: &Tx<'_>, invoice: &mut Object) {
    invoice.set("automatically_finalizes_at", tx.now() + HOUR);
    invoice.set("next_payment_attempt", tx.now() + HOUR);
}

/// Makes a draft final: it gets its number, takes from the customer's balance, and is paid at once when nothing is due.
pub(crate) fn finalize(tx: &Tx<'_>, invoice: &mut Object) -> Result<(), Error> {
    require(invoice, &["draft"], "finalized")?;
    let mut customer = tx.load(Kind::Customer, invoice.text("customer"))?;
    let sequence = customer.int("next_invoice_sequence");
    customer.set("next_invoice_sequence", sequence + 1);
    tx.save(&customer)?;
    invoice.set("number", format!("{}-{sequence:04}", customer.text("invoice_prefix")));
    invoice.set("automatically_finalizes_at", Value::Null);
    invoice.set("next_payment_attempt", Value::Null);
    invoice.set("effective_at", tx.now());
    invoice.set("starting_balance", customer.get("balance").clone());
    let (due, balance) = split_due(invoice);
    invoice.set("amount_due", due);
    invoice.set("amount_remaining", due);
    invoice.set("ending_balance", balance);
    set_balance(tx, &customer, balance)?;
    let page = format!("{}/i/{}", tx.public_url, invoice.id());
    invoice.set("invoice_pdf", format!("{page}/pdf"));
    invoice.set("hosted_invoice_url", page);
    invoice.set("status", "open");
    transition(invoice, "finalized_at", tx.now());
    if due > 0 && invoice.hidden("is_not_collected") != true {
        collect::request(tx, invoice)?;
    }
    tx.save(invoice)?;
    tx.emit("invoice.finalized", invoice)?;
    if due == 0 { paid(tx, invoice, None) } else { Ok(()) }
}

fn set_balance(tx: &Tx<'_>, before: &Object, balance: i64) -> Result<(), Error> {
    let mut customer = before.clone();
    customer.set("balance", balance);
    tx.save_and_emit("customer.updated", before, &customer)
}

/// Marks an open invoice as paid, by a payment or without one, and lets its subscription know.
pub(crate) fn paid(tx: &Tx<'_>, invoice: &mut Object, payment: Option<&Object>) -> Result<(), Error> {
    let before = invoice.clone();
    invoice.set("status", "paid");
    invoice.set("attempted", true);
    invoice.set("auto_advance", false);
    invoice.set("next_payment_attempt", Value::Null);
    let due = invoice.int("amount_due");
    invoice.set("amount_paid", due);
    invoice.set("amount_remaining", 0);
    transition(invoice, "paid_at", tx.now());
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
        collect::record_paid(tx, invoice)?;
    }
    subscription::invoice_is_paid(tx, invoice, payment)
}

/// Ends an invoice without payment: `void` as if it had never been, `uncollectible` as a bad debt.
pub(crate) fn give_up(tx: &Tx<'_>, invoice: &mut Object, end: End) -> Result<(), Error> {
    let (status, allowed, transition_field, event): (_, &[&str], _, _) = match end {
        End::Void => ("void", &["open", "uncollectible"], "voided_at", "invoice.voided"),
        End::Uncollectible => ("uncollectible", &["open"], "marked_uncollectible_at", "invoice.marked_uncollectible"),
    };
    require(invoice, allowed, if end == End::Void { "voided" } else { "marked uncollectible" })?;
    let before = invoice.clone();
    invoice.set("status", status);
    invoice.set("auto_advance", false);
    invoice.set("next_payment_attempt", Value::Null);
    transition(invoice, transition_field, tx.now());
    if end == End::Void {
        invoice.set("amount_remaining", 0);
        collect::cancel_request(tx, invoice)?;
    }
    tx.save_and_emit("invoice.updated", &before, invoice)?;
    tx.emit(event, invoice)?;
    subscription::invoice_is_given_up(tx, invoice)
}

/// How an invoice ends without payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As if it had never been.
    Void,
    /// A bad debt; it can still be paid.
    Uncollectible,
}

/// Stripe stops collecting by itself; the invoice stays what it is.
pub(crate) fn stop_collecting(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut invoice = before.clone();
    invoice.set("auto_advance", false);
    invoice.set("automatically_finalizes_at", Value::Null);
    invoice.set("next_payment_attempt", Value::Null);
    tx.save_and_emit("invoice.updated", before, &invoice)
}

/// The invoices of a subscription that wait for something.
pub(crate) fn unfinished(tx: &Tx<'_>, subscription: &str) -> Result<Vec<Object>, Error> {
    let of_subscription = Query::of(Kind::Invoice).with(SUBSCRIPTION, subscription.to_owned());
    tx.all(of_subscription.among("status", &["draft".to_owned(), "open".to_owned()]))
}

/// Where an invoice names its subscription.
pub(crate) const SUBSCRIPTION: &str = "parent.subscription_details.subscription";

/// The id of the subscription that an invoice is for, empty without one.
pub(crate) fn subscription_of(invoice: &Object) -> &str {
    invoice.at("/parent/subscription_details/subscription").as_str().unwrap_or_default()
}

/// Stripe's 400 for a step that the invoice's status does not allow.
pub(crate) fn require(invoice: &Object, statuses: &[&str], done: &str) -> Result<(), Refusal> {
    if statuses.contains(&invoice.text("status")) {
        return Ok(());
    }
    let status = invoice.text("status");
    Err(Refusal::invalid(format!("This invoice cannot be {done} because it has a status of {status}.")))
}

fn transition(invoice: &mut Object, field: &str, now: i64) {
    let mut transitions = invoice.get("status_transitions").clone();
    transitions[field] = json!(now);
    invoice.set("status_transitions", transitions);
}
