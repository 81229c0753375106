//! What happens to subscriptions and invoices at a scheduled time.

use crate::rules::billing::cancellation::{self, Cancellation};
use crate::rules::billing::invoice_status::{self, UnpaidStatus};
use crate::rules::billing::{
    apply_change, collection, invoices, renewal, schedules, subscription_status, upcoming_invoice,
};
use crate::state::transaction::Tx;
use crate::values::due_time;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::subscription_item;

/// Runs the next action that is due for an object at the transaction's time. Other due actions follow in later calls.
pub(crate) fn run(tx: &Tx<'_>, object: &Object) -> Result<(), Error> {
    match object.text("object") {
        "subscription" => run_subscription(tx, object),
        "subscription_schedule" => schedules::start(tx, object).map(drop),
        _ => run_invoice(tx, object),
    }
}

fn run_subscription(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let now = tx.now();
    let is_due = |pointer: &str| before.pointer(pointer).as_i64().is_some_and(|time| time <= now);
    if before.text("status") == "incomplete" {
        return expire_incomplete(tx, before);
    }
    if is_due("/cancel_at") {
        return cancellation::cancel(tx, before, &Cancellation::REQUESTED).map(|_| ());
    }
    if is_due("/pending_update/expires_at") {
        return apply_change::expire_pending_update(tx, before);
    }
    if is_due("/pause_collection/resumes_at") {
        let mut after = before.clone();
        after.set("pause_collection", serde_json::Value::Null);
        return subscription_status::save(tx, before, &after);
    }
    if subscription_item::period(before).1 <= now {
        return renewal::renew(tx, before);
    }
    if due_time::upcoming_invoice_due(before).is_some_and(|time| time <= now) {
        return upcoming_invoice::announce(tx, before);
    }
    subscription_status::announce_trial_end(tx, &mut before.clone())
}

/// Expires a subscription whose first invoice was not paid.
fn expire_incomplete(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    for mut invoice in invoices::draft_and_open(tx, before.id())? {
        if invoice.text("status") == "open" {
            invoice_status::close_unpaid(tx, &mut invoice, UnpaidStatus::Void)?;
        }
    }
    Ok(())
}

fn run_invoice(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut invoice = before.clone();
    if invoice.text("status") == "draft" {
        invoice_status::finalize(tx, &mut invoice)?;
    } else if invoice.hidden("resumes") == true {
        return invoice_status::close_unpaid(tx, &mut invoice, UnpaidStatus::Void);
    }
    if invoice.text("status") != "open" {
        return Ok(());
    }
    let outcome = collection::pay_automatically(tx, &invoice)?;
    // Only here: the first attempt, which other calls make, is never the last one.
    let after = tx.load(ObjectType::Invoice, invoice.id())?;
    if collection::is_final_failure(&after, outcome.as_ref()) {
        cancellation::handle_final_payment_failure(tx, &after)?;
    }
    Ok(())
}
