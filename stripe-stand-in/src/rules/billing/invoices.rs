//! Draft invoices: their lines and amounts, and their changes before they are finalized.

use serde_json::{Value, json};

use crate::rules::billing::discounts;
use crate::rules::payments::payment_intents;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::billing_interval::HOUR;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::invoice::{self, SUBSCRIPTION_PATH};

/// The parts of a new invoice.
pub(crate) struct NewInvoice<'a> {
    pub(crate) customer: &'a Object,
    pub(crate) subscription: Option<&'a Object>,
    /// `subscription_create`, `subscription_cycle`, `subscription_update` or `manual`.
    pub(crate) reason: &'static str,
    pub(crate) currency: &'a str,
    /// Lines from `invoice_lines.rs`.
    pub(crate) lines: Vec<Value>,
    /// The billing period that ends with the invoice.
    pub(crate) period: (i64, i64),
}

/// A draft with its amounts. The caller stores it.
pub(crate) fn draft(tx: &Tx<'_>, new: NewInvoice<'_>) -> Result<Object, Error> {
    let mut lines = new.lines;
    let discounts = match new.subscription {
        Some(subscription) => discounts::apply_to_lines(tx, subscription, &mut lines)?,
        None => Vec::new(),
    };
    let mut invoice = invoice::blank(tx.now(), new.customer, new.currency);
    invoice.set("billing_reason", new.reason);
    invoice.set("period_start", new.period.0);
    invoice.set("period_end", new.period.1);
    invoice.set("discounts", discounts.iter().map(|amount_off| amount_off["discount"].clone()).collect::<Vec<_>>());
    invoice.set("total_discount_amounts", discounts);
    if let Some(subscription) = new.subscription {
        let details = json!({
            "metadata": subscription.get("metadata"),
            "subscription": subscription.id(),
            "subscription_proration_date": null,
        });
        let parent = json!({ "quote_details": null, "subscription_details": details, "type": "subscription_details" });
        invoice.set("parent", parent);
        // The subscription's payment method has priority over the customer's.
        invoice.set_hidden("subscription_payment_method", subscription.get("default_payment_method").clone());
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
    let amount_off: i64 = discounts.iter().filter_map(|discount| discount["amount"].as_i64()).sum();
    let url = format!("/v1/invoices/{}/lines", invoice.id());
    let list = json!({ "object": "list", "data": lines, "has_more": false, "total_count": lines.len(), "url": url });
    invoice.set("lines", list);
    for (field, amount) in [("subtotal", subtotal), ("total", subtotal - amount_off)] {
        invoice.set(field, amount);
        invoice.set(&format!("{field}_excluding_tax"), amount);
    }
    let due = due_and_balance(invoice).0;
    invoice.set("amount_due", due);
    invoice.set("amount_remaining", due);
}

/// The amount due of an invoice, and the customer's balance afterwards. A balance below zero is a credit. Amounts
/// below Stripe's minimum are added to the next invoice (<https://docs.stripe.com/billing/customer/balance>).
pub(crate) fn due_and_balance(invoice: &Object) -> (i64, i64) {
    let owed = invoice.int("total") + invoice.int("starting_balance");
    if owed < payment_intents::MIN_AMOUNT { (0, owed) } else { (owed, 0) }
}

/// Stores a draft, links the invoice items of its lines to it, and emits `invoice.created`.
pub(crate) fn insert(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    for line in invoice::lines(invoice) {
        let details = ["subscription_item_details", "invoice_item_details"].map(|kind| &line["parent"][kind]);
        let item = details.iter().find_map(|details| details["invoice_item"].as_str());
        if let Some(mut item) = tx.find(ObjectType::InvoiceItem, item.unwrap_or_default())? {
            item.set("invoice", invoice.id());
            tx.save(&item)?;
        }
    }
    tx.insert(invoice)?;
    tx.emit("invoice.created", invoice)
}

/// Stripe waits an hour before it finalizes and charges the invoice of a renewal.
pub(crate) fn finalize_in_an_hour(tx: &Tx<'_>, invoice: &mut Object) {
    invoice.set("automatically_finalizes_at", tx.now() + HOUR);
    invoice.set("next_payment_attempt", tx.now() + HOUR);
}

/// Stops automatic collection. The status of the invoice stays.
pub(crate) fn stop_collection(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut invoice = before.clone();
    invoice.set("auto_advance", false);
    invoice.set("automatically_finalizes_at", Value::Null);
    invoice.set("next_payment_attempt", Value::Null);
    tx.save_and_emit("invoice.updated", before, &invoice)
}

/// The draft and open invoices of a subscription.
pub(crate) fn draft_and_open(tx: &Tx<'_>, subscription: &str) -> Result<Vec<Object>, Error> {
    let of_subscription = Query::of(ObjectType::Invoice).with(SUBSCRIPTION_PATH, subscription.to_owned());
    tx.all(of_subscription.with_any_of("status", &["draft".to_owned(), "open".to_owned()]))
}

/// Stripe's 400 for a step that the invoice's status does not allow.
pub(crate) fn require_status(invoice: &Object, statuses: &[&str], action: &str) -> Result<(), ApiError> {
    if statuses.contains(&invoice.text("status")) {
        return Ok(());
    }
    let status = invoice.text("status");
    Err(ApiError::invalid_request(format!("This invoice cannot be {action} because it has a status of {status}.")))
}

pub(crate) fn set_status_transition(invoice: &mut Object, field: &str, now: i64) {
    let mut transitions = invoice.get("status_transitions").clone();
    transitions[field] = json!(now);
    invoice.set("status_transitions", transitions);
}
