//! Previews the next invoice of a subscription or of a change
//! (<https://docs.stripe.com/api/invoices/create_preview>). Nothing is stored.

use serde_json::{Value, json};

use crate::rules::billing::invoices::{self, NewInvoice};
use crate::rules::billing::planned_change::{self, ChangeRequest, PlannedChange};
use crate::rules::billing::{invoice_lines, schedule_phases};
use crate::state::transaction::Tx;
use crate::values::billing_interval::HOUR;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type;
use crate::values::objects::{invoice, subscription_item};

/// The next invoice of a subscription, optionally after a change.
pub(crate) fn next_invoice(
    tx: &Tx<'_>,
    before: &Object,
    customer: &Object,
    change_request: Option<ChangeRequest>,
) -> Result<Object, Error> {
    let Some(change_request) = change_request else {
        return next_period_invoice(tx, before, customer, &[]);
    };
    let PlannedChange { after, prorations, new_period_lines: lines, invoices_now } =
        planned_change::compute(tx, before, customer, change_request)?;
    if !invoices_now {
        return next_period_invoice(tx, &after, customer, &prorations);
    }
    let pending = invoice_lines::pending_invoice_items(tx, customer.id(), Some(before.id()))?;
    let all_lines = pending.iter().chain(&prorations).map(invoice_lines::from_invoice_item).chain(lines).collect();
    build(tx, &after, customer, all_lines, subscription_item::period(before))
}

/// The first invoice of a subscription that does not exist yet.
pub(crate) fn first_invoice(tx: &Tx<'_>, subscription: &Object, customer: &Object) -> Result<Object, Error> {
    let now = tx.now();
    let trial_end = subscription.get("trial_end").as_i64().filter(|end| *end > now);
    let lines = match trial_end {
        Some(end) => invoice_lines::trial_period(tx, subscription, (now, end))?,
        None => {
            let end = subscription_item::common_interval(subscription_item::items_of(subscription))?
                .period_end_after(now, now);
            invoice_lines::full_period(tx, subscription, (now, end))?
        }
    };
    let mut invoice = build(tx, subscription, customer, lines, (now, now))?;
    invoice.set("parent", Value::Null);
    Ok(invoice)
}

fn next_period_invoice(
    tx: &Tx<'_>,
    subscription: &Object,
    customer: &Object,
    prorations: &[Object],
) -> Result<Object, Error> {
    let (start, end) = subscription_item::period(subscription);
    let is_ending = subscription.get("cancel_at").as_i64().is_some_and(|at| at <= end);
    if is_ending || matches!(subscription.text("status"), "canceled" | "incomplete_expired" | "paused") {
        let message = format!("No upcoming invoices for customer: {}", customer.id());
        return Err(
            ApiError { status: 404, ..ApiError::invalid_request(message).with_code("invoice_upcoming_none") }.into()
        );
    }
    let mut subscription = subscription.clone();
    schedule_phases::apply_phase_at(tx, &mut subscription, end)?;
    let subscription = &subscription;
    let next = subscription_item::common_interval(subscription_item::items_of(subscription))?
        .period_end_after(subscription.int("billing_cycle_anchor"), end);
    let pending = invoice_lines::pending_invoice_items(tx, customer.id(), Some(subscription.id()))?;
    let mut all_lines: Vec<Value> = pending.iter().chain(prorations).map(invoice_lines::from_invoice_item).collect();
    all_lines.extend(invoice_lines::full_period(tx, subscription, (end, next))?);
    let mut invoice = build(tx, subscription, customer, all_lines, (start, end))?;
    invoice.set("created", end);
    invoice.set("next_payment_attempt", end + HOUR);
    Ok(invoice)
}

fn build(
    tx: &Tx<'_>,
    subscription: &Object,
    customer: &Object,
    lines: Vec<Value>,
    period: (i64, i64),
) -> Result<Object, Error> {
    let currency = subscription.text("currency");
    let reason = "upcoming";
    let new_invoice = NewInvoice { customer, subscription: Some(subscription), reason, currency, lines, period };
    let mut invoice = invoices::draft(tx, new_invoice)?;
    invoice.set("id", format!("upcoming_in_1{}", object_type::random_alphanumeric(23)));
    let mut lines = invoice::lines(&invoice).to_vec();
    for line in &mut lines {
        line["id"] = json!(format!("il_tmp_1{}", object_type::random_alphanumeric(23)));
    }
    invoices::set_lines(&mut invoice, lines);
    Ok(invoice)
}
