//! What happens to subscriptions and invoices by itself, and when.

use super::invoice::{self, End};
use super::subscription::{self, Cancellation, TRIAL_NOTICE};
use super::update::PATIENCE;
use super::{collect, cycle, items, schedule, update};
use crate::error::Error;
use crate::object::Object;
use crate::store::Tx;

/// Whether an object is of a kind to which something may happen by itself.
pub(crate) fn may_be(object: &Object) -> bool {
    matches!(object.text("object"), "subscription" | "invoice" | "subscription_schedule")
}

/// When something happens to an object next by itself, in unix seconds; None for never.
pub(crate) fn of(object: &Object) -> Option<i64> {
    match object.text("object") {
        "subscription" => of_subscription(object),
        "invoice" => of_invoice(object),
        "subscription_schedule" if object.text("status") == "not_started" => object.at("/phases/0/start_date").as_i64(),
        _ => None,
    }
}

fn of_subscription(subscription: &Object) -> Option<i64> {
    let time = |pointer: &str| subscription.at(pointer).as_i64();
    let ends = time("/cancel_at");
    let notice = match (time("/trial_end"), subscription.text("status")) {
        (Some(end), "trialing") if !subscription::is_noticed(subscription) => Some(end - TRIAL_NOTICE),
        _ => None,
    };
    match subscription.text("status") {
        "incomplete" => Some(subscription.int("created") + PATIENCE),
        "active" | "past_due" | "trialing" | "unpaid" => {
            let resumes = time("/pause_collection/resumes_at");
            let times =
                [ends, notice, time("/pending_update/expires_at"), resumes, Some(items::period(subscription).1)];
            times.into_iter().flatten().min()
        }
        "paused" => ends,
        _ => None,
    }
}

fn of_invoice(invoice: &Object) -> Option<i64> {
    let resumes = invoice.hidden("resumes") == true;
    match invoice.text("status") {
        "open" if resumes => Some(invoice.at("/status_transitions/finalized_at").as_i64()? + PATIENCE),
        "draft" if invoice.flag("auto_advance") => invoice.get("automatically_finalizes_at").as_i64(),
        "open" if invoice.flag("auto_advance") => invoice.get("next_payment_attempt").as_i64(),
        _ => None,
    }
}

/// Does what is due to an object at the transaction's time. If more than one thing is, the next is due afterwards.
pub(crate) fn run(tx: &Tx<'_>, object: &Object) -> Result<(), Error> {
    match object.text("object") {
        "subscription" => run_subscription(tx, object),
        "subscription_schedule" => schedule::begin(tx, object).map(drop),
        _ => run_invoice(tx, object),
    }
}

fn run_subscription(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let now = tx.now();
    let is_due = |pointer: &str| before.at(pointer).as_i64().is_some_and(|time| time <= now);
    if before.text("status") == "incomplete" {
        return expire(tx, before);
    }
    if is_due("/cancel_at") {
        return subscription::cancel(tx, before, &Cancellation::REQUESTED).map(|_| ());
    }
    if is_due("/pending_update/expires_at") {
        return update::expire_pending(tx, before);
    }
    if is_due("/pause_collection/resumes_at") {
        let mut after = before.clone();
        after.set("pause_collection", serde_json::Value::Null);
        return subscription::save(tx, before, &after);
    }
    if items::period(before).1 <= now {
        return cycle::renew(tx, before);
    }
    subscription::notice_trial_end(tx, &mut before.clone())
}

/// A subscription whose first invoice nobody paid ends before it has begun.
fn expire(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    for mut invoice in invoice::unfinished(tx, before.id())? {
        if invoice.text("status") == "open" {
            invoice::give_up(tx, &mut invoice, End::Void)?;
        }
    }
    Ok(())
}

fn run_invoice(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    let mut invoice = before.clone();
    if invoice.text("status") == "draft" {
        invoice::finalize(tx, &mut invoice)?;
    } else if invoice.hidden("resumes") == true {
        return invoice::give_up(tx, &mut invoice, End::Void);
    }
    if invoice.text("status") == "open" {
        collect::pay_automatically(tx, &invoice)?;
    }
    Ok(())
}
