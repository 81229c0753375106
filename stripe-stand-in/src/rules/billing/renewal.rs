//! Renews a subscription at the end of its billing period
//! (<https://docs.stripe.com/billing/invoices/subscription#subscription-renewal>).

use crate::rules::billing::invoice_status::{self, UnpaidStatus};
use crate::rules::billing::{apply_change, invoice_lines, invoices, schedule_phases, subscription_status, trial_end};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::objects::subscription_item;

/// Starts the next period of a subscription, and drafts its invoice.
pub(crate) fn renew(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut after = before.clone();
    if before.text("status") == "trialing" {
        if trial_end::end_trial_without_method(tx, before, before)?.is_some() {
            return Ok(());
        }
        after.set("status", "active");
    }
    let (start, end) = subscription_item::period(before);
    schedule_phases::enter_next_phase(tx, &mut after, end)?;
    let next = subscription_item::common_interval(subscription_item::items_of(&after))?
        .period_end_after(after.int("billing_cycle_anchor"), end);
    subscription_item::set_period(&mut after, end, next);
    let lines = invoice_lines::full_period(tx, &after, (end, next))?;
    let mut invoice = apply_change::draft_invoice(tx, &mut after, lines, "subscription_cycle", (start, end))?;
    let pause = after.pointer("/pause_collection/behavior").as_str().map(str::to_owned);
    match pause.as_deref() {
        Some("keep_as_draft") => invoice.set("auto_advance", false),
        Some(_) => invoice.set_hidden("is_not_collected", true),
        // Invoices of an unpaid subscription are not collected automatically.
        None if after.text("status") == "unpaid" => invoice.set("auto_advance", false),
        None => invoices::finalize_in_an_hour(tx, &mut invoice),
    }
    subscription_status::save(tx, before, &after)?;
    invoices::insert(tx, &invoice)?;
    match pause.as_deref() {
        Some("void") => finalize_and_close(tx, &mut invoice, UnpaidStatus::Void),
        Some("mark_uncollectible") => finalize_and_close(tx, &mut invoice, UnpaidStatus::Uncollectible),
        _ => Ok(()),
    }
}

fn finalize_and_close(tx: &Tx<'_>, invoice: &mut Object, end: UnpaidStatus) -> Result<(), Error> {
    invoice_status::finalize(tx, invoice)?;
    if invoice.text("status") == "open" { invoice_status::close_unpaid(tx, invoice, end) } else { Ok(()) }
}
