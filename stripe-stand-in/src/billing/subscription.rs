//! The statuses of a subscription and what moves it from one to another
//! (<https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>).

use serde_json::{Value, json};

use super::calendar::DAY;
use super::{invoice, lines, schedule, update};
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::payments::attempt::Outcome;
use crate::store::Tx;

/// Stripe announces a trial's end so early.
pub(crate) const TRIAL_NOTICE: i64 = 3 * DAY;

/// Set while a subscription is being made: it is announced when it is known how it begins.
pub(super) const UNANNOUNCED: &str = "unannounced";

/// Announces the end of a trial when it is near, once.
pub(crate) fn notice_trial_end(tx: &Tx<'_>, subscription: &mut Object) -> Result<(), Error> {
    let near = subscription.int("trial_end") - TRIAL_NOTICE <= tx.now();
    if subscription.text("status") != "trialing" || !near || is_noticed(subscription) {
        return Ok(());
    }
    subscription.hide("noticed_trial_end", subscription.get("trial_end").clone());
    tx.save(subscription)?;
    tx.emit("customer.subscription.trial_will_end", subscription)
}

/// Whether the end of the trial has been announced.
pub(crate) fn is_noticed(subscription: &Object) -> bool {
    subscription.hidden("noticed_trial_end") == subscription.get("trial_end")
}

/// Saves a change and announces it.
pub(crate) fn save(tx: &Tx<'_>, before: &Object, after: &Object) -> Result<(), Error> {
    if after.hidden(UNANNOUNCED) == true {
        return tx.save(after);
    }
    tx.save_and_emit("customer.subscription.updated", before, after)
}

/// An invoice was paid: what waited for it happens.
pub(crate) fn invoice_is_paid(tx: &Tx<'_>, invoice: &Object, payment: Option<&Object>) -> Result<(), Error> {
    let Some(before) = of_invoice(tx, invoice)? else {
        return Ok(());
    };
    let mut after = before.clone();
    if let Some(payment) = payment
        && before.at("/payment_settings/save_default_payment_method") == "on_subscription"
    {
        after.set("default_payment_method", payment.get("payment_method").clone());
    }
    update::complete_pending(&mut after, invoice);
    if invoice.hidden("resumes") == true && before.text("status") == "paused" {
        return resumed(tx, &before, after);
    }
    recover(&mut after, invoice);
    save(tx, &before, &after)?;
    if before.get("pending_update").is_object() && after.get("pending_update").is_null() {
        tx.emit("customer.subscription.pending_update_applied", &after)?;
    }
    Ok(())
}

/// The newest invoice decides whether a subscription is in order.
fn recover(subscription: &mut Object, invoice: &Object) {
    let is_newest = subscription.text("latest_invoice") == invoice.id();
    if is_newest && matches!(subscription.text("status"), "incomplete" | "past_due" | "unpaid") {
        subscription.set("status", "active");
    }
}

/// Activates a paused subscription from now on.
pub(crate) fn resumed(tx: &Tx<'_>, before: &Object, mut after: Object) -> Result<(), Error> {
    after.set("status", "active");
    after.set("status_details", Value::Null);
    save(tx, before, &after)?;
    tx.emit("customer.subscription.resumed", &after)
}

/// A bank debit for an invoice is under way: the first one lets the subscription begin.
pub(crate) fn payment_is_under_way(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) = of_invoice(tx, invoice)?.filter(|before| before.text("status") == "incomplete") else {
        return Ok(());
    };
    let mut after = before.clone();
    after.set("status", "active");
    save(tx, &before, &after)
}

/// A payment for an invoice failed.
pub(crate) fn payment_has_failed(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) = of_invoice(tx, invoice)? else {
        return Ok(());
    };
    let is_newest = before.text("latest_invoice") == invoice.id();
    let waits = !invoice.hidden("pending_update").is_null();
    if waits || !is_newest || !matches!(before.text("status"), "active" | "trialing") {
        return Ok(());
    }
    let mut after = before.clone();
    after.set("status", "past_due");
    save(tx, &before, &after)
}

/// An invoice was voided or written off: what waited for it does not happen, and nobody owes it any more.
pub(crate) fn invoice_is_given_up(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) = of_invoice(tx, invoice)? else {
        return Ok(());
    };
    let mut after = before.clone();
    match before.text("status") {
        "incomplete" => after.set("status", "incomplete_expired"),
        "paused" => return Ok(()),
        _ => recover(&mut after, invoice),
    }
    if after.text("status") == "incomplete_expired" {
        after.set("ended_at", tx.now());
    }
    save(tx, &before, &after)
}

/// Why and how a subscription ends at once.
pub(crate) struct Cancellation {
    /// `cancellation_requested` or `payment_failed`.
    pub(crate) reason: &'static str,
    /// Give back what the rest of the period costs.
    pub(crate) prorate: bool,
    /// Make an invoice of what waits for one.
    pub(crate) invoice_now: bool,
}

impl Cancellation {
    /// Somebody wanted it, and nothing is given back.
    pub(crate) const REQUESTED: Cancellation =
        Cancellation { reason: "cancellation_requested", prorate: false, invoice_now: false };
}

/// Ends a subscription.
pub(crate) fn cancel(tx: &Tx<'_>, before: &Object, how: &Cancellation) -> Result<Object, Error> {
    let mut after = before.clone();
    if how.prorate {
        update::credit_rest(tx, before)?;
    }
    for unfinished in invoice::unfinished(tx, before.id())? {
        invoice::stop_collecting(tx, &unfinished)?;
    }
    if how.invoice_now {
        update::invoice_pending(tx, &mut after)?;
    } else if !how.prorate {
        drop_prorations(tx, before)?;
    }
    let was_incomplete = before.text("status") == "incomplete";
    after.set("status", if was_incomplete { "incomplete_expired" } else { "canceled" });
    after.set("canceled_at", before.get("canceled_at").as_i64().unwrap_or_else(|| tx.now()));
    after.set("ended_at", tx.now());
    after.set("pending_update", Value::Null);
    let mut details = before.get("cancellation_details").clone();
    details["reason"] = json!(how.reason);
    after.set("cancellation_details", details);
    after.set("schedule", Value::Null);
    tx.save(&after)?;
    tx.emit("customer.subscription.deleted", &after)?;
    if let Some(open) = schedule::of(tx, before)?.filter(schedule::is_open) {
        schedule::canceled(tx, &open)?;
    }
    Ok(after)
}

/// Prorations that no invoice took along go with the subscription.
fn drop_prorations(tx: &Tx<'_>, subscription: &Object) -> Result<(), Error> {
    for item in lines::pending(tx, subscription.text("customer"), Some(subscription.id()))? {
        tx.delete(&item)?;
        tx.emit("invoiceitem.deleted", &item)?;
    }
    Ok(())
}

/// The last automatic attempt to be paid failed: the account's setting says what follows.
pub(crate) fn payment_is_given_up(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) = of_invoice(tx, invoice)?.filter(|before| before.text("status") == "past_due") else {
        return Ok(());
    };
    match tx.setting(AFTER_FAILED_PAYMENTS)?.as_deref() {
        Some("past_due") => Ok(()),
        Some("unpaid") => {
            let mut after = before.clone();
            after.set("status", "unpaid");
            save(tx, &before, &after)
        }
        _ => {
            let how = Cancellation { reason: "payment_failed", ..Cancellation::REQUESTED };
            cancel(tx, &before, &how).map(|_| ())
        }
    }
}

/// The account's setting of what becomes of a subscription whose invoice could not be charged at last: `cancel`,
/// `unpaid` or `past_due`. At Stripe it is in the Dashboard.
pub(crate) const AFTER_FAILED_PAYMENTS: &str = "after_failed_payments";

/// Pauses a subscription: nothing is invoiced, and it gives no access.
pub(crate) fn pause(tx: &Tx<'_>, before: &Object, mut after: Object, why: &str) -> Result<Object, Error> {
    after.set("status", "paused");
    let paused = json!({ "subscription": { "type": why }, "transitioned_at": tx.now(), "type": "subscription" });
    after.set("status_details", json!({ "paused": paused }));
    save(tx, before, &after)?;
    tx.emit("customer.subscription.paused", &after)?;
    Ok(after)
}

/// The subscription that an invoice is for.
pub(crate) fn of_invoice(tx: &Tx<'_>, invoice: &Object) -> Result<Option<Object>, Error> {
    tx.find(Kind::Subscription, invoice::subscription_of(invoice))
}

/// Stripe's 400 for a change that needs a subscription that has not ended.
pub(crate) fn require_alive(subscription: &Object) -> Result<(), Refusal> {
    if matches!(subscription.text("status"), "canceled" | "incomplete_expired") {
        let message = "A canceled subscription can only update its cancellation_details and metadata.";
        return Err(Refusal::invalid(message));
    }
    Ok(())
}

/// The refusal of a call that must not leave anything unpaid.
pub(crate) fn unpaid(outcome: Outcome) -> Option<Refusal> {
    match outcome {
        Outcome::Declined(refusal) => Some(refusal),
        Outcome::AsksToAuthenticate => {
            let message = "Payment for this subscription requires additional user action before it can be completed \
                successfully. Payment can be completed using the PaymentIntent associated with `latest_invoice`.";
            Some(Refusal::card("subscription_payment_intent_requires_action", None, message))
        }
        Outcome::Paid | Outcome::Processing => None,
    }
}
