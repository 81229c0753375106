//! When the next scheduled action of an object is due. It is computed from the object alone.

use crate::values::billing_interval::{DAY, HOUR};
use crate::values::object::Object;
use crate::values::objects::subscription_item;

/// How long before the end of a trial Stripe emits `customer.subscription.trial_will_end`.
pub(crate) const TRIAL_END_NOTICE: i64 = 3 * DAY;

/// Whether `customer.subscription.trial_will_end` was emitted for the current trial end.
pub(crate) fn is_trial_end_announced(subscription: &Object) -> bool {
    subscription.hidden("noticed_trial_end") == subscription.get("trial_end")
}

/// How long before a renewal Stripe emits `invoice.upcoming`. At Stripe the Dashboard can change it.
const UPCOMING_INVOICE_NOTICE: i64 = 7 * DAY;

/// Hidden field with the end of the period for which `invoice.upcoming` was emitted.
const ANNOUNCED_PERIOD_END: &str = "noticed_period_end";

/// When `invoice.upcoming` of the next period is due, in unix seconds. None when it was emitted, when there is no
/// next period, and when the period is too short.
pub(crate) fn upcoming_invoice_due(subscription: &Object) -> Option<i64> {
    let (start, end) = subscription_item::period(subscription);
    let cancel_at = subscription.get("cancel_at").as_i64().is_some_and(|at| at <= end);
    let renews = matches!(subscription.text("status"), "active" | "past_due") && !cancel_at;
    let time = end - UPCOMING_INVOICE_NOTICE;
    (renews && time > start && *subscription.hidden(ANNOUNCED_PERIOD_END) != end).then_some(time)
}

/// Stores that `invoice.upcoming` was emitted for the next period.
pub(crate) fn mark_upcoming_invoice_announced(subscription: &mut Object) {
    let (_, end) = subscription_item::period(subscription);
    subscription.set_hidden(ANNOUNCED_PERIOD_END, end);
}

/// Whether objects of this type have scheduled actions.
pub(crate) fn can_be_due(object: &Object) -> bool {
    matches!(object.text("object"), "subscription" | "invoice" | "subscription_schedule")
}

/// When the next action of an object is due, in unix seconds. None when there is none.
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
