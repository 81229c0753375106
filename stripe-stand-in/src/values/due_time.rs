//! When something happens to an object by itself: computed from the object alone, so that the state can keep it.

use crate::values::billing_interval::{DAY, HOUR};
use crate::values::object::Object;
use crate::values::objects::subscription_item;

/// Stripe announces a trial's end so early.
pub(crate) const TRIAL_END_NOTICE: i64 = 3 * DAY;

/// Whether the end of the trial has been announced.
pub(crate) fn is_trial_end_announced(subscription: &Object) -> bool {
    subscription.hidden("noticed_trial_end") == subscription.get("trial_end")
}

/// Stripe announces the next invoice so early, unless its Dashboard says otherwise.
const UPCOMING_INVOICE_NOTICE: i64 = 7 * DAY;

/// The end of the period whose next invoice has been announced.
const ANNOUNCED_PERIOD_END: &str = "noticed_period_end";

/// When the invoice of a subscription's next period is announced, in unix seconds; None when it has been, when there will
/// be none, and when the period is too short.
pub(crate) fn upcoming_invoice_due(subscription: &Object) -> Option<i64> {
    let (start, end) = subscription_item::period(subscription);
    let cancel_at = subscription.get("cancel_at").as_i64().is_some_and(|at| at <= end);
    let renews = matches!(subscription.text("status"), "active" | "past_due") && !cancel_at;
    let time = end - UPCOMING_INVOICE_NOTICE;
    (renews && time > start && *subscription.hidden(ANNOUNCED_PERIOD_END) != end).then_some(time)
}

/// Remembers that the invoice of the next period has been announced.
pub(crate) fn mark_upcoming_invoice_announced(subscription: &mut Object) {
    let (_, end) = subscription_item::period(subscription);
    subscription.set_hidden(ANNOUNCED_PERIOD_END, end);
}

/// Whether an object is of a kind to which something may happen by itself.
pub(crate) fn can_be_due(object: &Object) -> bool {
    matches!(object.text("object"), "subscription" | "invoice" | "subscription_schedule")
}

/// When something happens to an object next by itself, in unix seconds; None for never.
pub(crate) fn next_due(object: &Object) -> Option<i64> {
    match object.text("object") {
        "subscription" => subscription_due(object),
        "invoice" => invoice_due(object),
        "subscription_schedule" if object.text("status") == "not_started" => {
            object.pointer("/phases/0/start_date").as_i64()
        }
        _ => None,
    }
}

fn subscription_due(subscription: &Object) -> Option<i64> {
    let time = |pointer: &str| subscription.pointer(pointer).as_i64();
    let cancel_at = time("/cancel_at");
    let trial_notice = match (time("/trial_end"), subscription.text("status")) {
        (Some(end), "trialing") if !is_trial_end_announced(subscription) => Some(end - TRIAL_END_NOTICE),
        _ => None,
    };
    match subscription.text("status") {
        "incomplete" => Some(subscription.int("created") + PAYMENT_WINDOW),
        "active" | "past_due" | "trialing" | "unpaid" => {
            let resumes = time("/pause_collection/resumes_at");
            let times = [
                cancel_at,
                trial_notice,
                upcoming_invoice_due(subscription),
                time("/pending_update/expires_at"),
                resumes,
                Some(subscription_item::period(subscription).1),
            ];
            times.into_iter().flatten().min()
        }
        "paused" => cancel_at,
        _ => None,
    }
}

fn invoice_due(invoice: &Object) -> Option<i64> {
    let resumes = invoice.hidden("resumes") == true;
    match invoice.text("status") {
        "open" if resumes => Some(invoice.pointer("/status_transitions/finalized_at").as_i64()? + PAYMENT_WINDOW),
        "draft" if invoice.flag("auto_advance") => invoice.get("automatically_finalizes_at").as_i64(),
        "open" if invoice.flag("auto_advance") => invoice.get("next_payment_attempt").as_i64(),
        _ => None,
    }
}

/// How long Stripe waits for the payment of a first invoice or of a pending update.
pub(crate) const PAYMENT_WINDOW: i64 = 23 * HOUR;
