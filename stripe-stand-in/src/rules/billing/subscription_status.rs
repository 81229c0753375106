//! The status transitions of a subscription
//! (<https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>).

use serde_json::{Value, json};

use crate::rules::payments::outcome::Outcome;
use crate::state::transaction::Tx;
use crate::values::due_time::{self, TRIAL_END_NOTICE};
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::{invoice, subscription_item};

/// Set while a subscription is being created. No events are emitted until its first status is known.
pub(super) const UNANNOUNCED: &str = "unannounced";

/// Emits `customer.subscription.trial_will_end` once, three days before the end of the trial.
pub(crate) fn announce_trial_end(tx: &Tx<'_>, subscription: &mut Object) -> Result<(), Error> {
    let near = subscription.int("trial_end") - TRIAL_END_NOTICE <= tx.now();
    if subscription.text("status") != "trialing" || !near || due_time::is_trial_end_announced(subscription) {
        return Ok(());
    }
    subscription.set_hidden("noticed_trial_end", subscription.get("trial_end").clone());
    tx.save(subscription)?;
    tx.emit("customer.subscription.trial_will_end", subscription)
}

/// Saves a change and emits `customer.subscription.updated`.
pub(crate) fn save(tx: &Tx<'_>, before: &Object, after: &Object) -> Result<(), Error> {
    if after.hidden(UNANNOUNCED) == true {
        return tx.save(after);
    }
    tx.save_and_emit("customer.subscription.updated", before, after)
}

/// Updates the subscription of an invoice that was paid.
pub(crate) fn apply_paid_invoice(tx: &Tx<'_>, invoice: &Object, payment: Option<&Object>) -> Result<(), Error> {
    let Some(before) = subscription_of_invoice(tx, invoice)? else {
        return Ok(());
    };
    let mut after = before.clone();
    if let Some(payment) = payment
        && before.pointer("/payment_settings/save_default_payment_method") == "on_subscription"
    {
        after.set("default_payment_method", payment.get("payment_method").clone());
    }
    apply_pending_update(&mut after, invoice);
    if invoice.hidden("resumes") == true && before.text("status") == "paused" {
        return activate_paused(tx, &before, after);
    }
    reactivate_if_newest(&mut after, invoice);
    save(tx, &before, &after)?;
    if before.get("pending_update").is_object() && after.get("pending_update").is_null() {
        tx.emit("customer.subscription.pending_update_applied", &after)?;
    }
    Ok(())
}

/// Only the latest invoice decides about the status.
fn reactivate_if_newest(subscription: &mut Object, invoice: &Object) {
    let is_newest = subscription.text("latest_invoice") == invoice.id();
    if is_newest && matches!(subscription.text("status"), "incomplete" | "past_due" | "unpaid") {
        subscription.set("status", "active");
    }
}

/// Activates a paused subscription.
pub(crate) fn activate_paused(tx: &Tx<'_>, before: &Object, mut after: Object) -> Result<(), Error> {
    after.set("status", "active");
    after.set("status_details", Value::Null);
    save(tx, before, &after)?;
    tx.emit("customer.subscription.resumed", &after)
}

/// A bank debit for an invoice is processing: an incomplete subscription becomes active.
pub(crate) fn apply_processing_payment(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) = subscription_of_invoice(tx, invoice)?.filter(|before| before.text("status") == "incomplete")
    else {
        return Ok(());
    };
    let mut after = before.clone();
    after.set("status", "active");
    save(tx, &before, &after)
}

/// A payment for an invoice failed: the subscription becomes past due.
pub(crate) fn apply_failed_payment(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) = subscription_of_invoice(tx, invoice)? else {
        return Ok(());
    };
    let is_newest = before.text("latest_invoice") == invoice.id();
    let is_for_pending_update = !invoice.hidden("pending_update").is_null();
    if is_for_pending_update || !is_newest || !matches!(before.text("status"), "active" | "trialing") {
        return Ok(());
    }
    let mut after = before.clone();
    after.set("status", "past_due");
    save(tx, &before, &after)
}

/// An invoice was voided or marked uncollectible: the subscription is no longer past due because of it. With a void invoice its
/// pending update is dropped (<https://docs.stripe.com/billing/subscriptions/pending-updates>).
pub(crate) fn apply_closed_invoice(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    let Some(before) = subscription_of_invoice(tx, invoice)? else {
        return Ok(());
    };
    let mut after = before.clone();
    match before.text("status") {
        "incomplete" => after.set("status", "incomplete_expired"),
        "paused" => return Ok(()),
        _ => reactivate_if_newest(&mut after, invoice),
    }
    if invoice.text("status") == "void" && !invoice.hidden("pending_update").is_null() {
        after.set("pending_update", Value::Null);
    }
    if after.text("status") == "incomplete_expired" {
        after.set("ended_at", tx.now());
    }
    save(tx, &before, &after)
}

/// Pauses a subscription. It is not invoiced while paused.
pub(crate) fn pause(tx: &Tx<'_>, before: &Object, mut after: Object, why: &str) -> Result<Object, Error> {
    after.set("status", "paused");
    let paused = json!({ "subscription": { "type": why }, "transitioned_at": tx.now(), "type": "subscription" });
    after.set("status_details", json!({ "paused": paused }));
    save(tx, before, &after)?;
    tx.emit("customer.subscription.paused", &after)?;
    Ok(after)
}

/// The subscription that an invoice is for.
pub(crate) fn subscription_of_invoice(tx: &Tx<'_>, invoice: &Object) -> Result<Option<Object>, Error> {
    tx.find(ObjectType::Subscription, invoice::subscription_id(invoice))
}

/// Stripe's 400 for a change of a subscription that has ended.
pub(crate) fn require_not_ended(subscription: &Object) -> Result<(), ApiError> {
    if matches!(subscription.text("status"), "canceled" | "incomplete_expired") {
        let message = "A canceled subscription can only update its cancellation_details and metadata.";
        return Err(ApiError::invalid_request(message));
    }
    Ok(())
}

/// The error of a request that must be paid immediately, unless the outcome is a payment.
pub(crate) fn unpaid_error(outcome: Outcome) -> Option<ApiError> {
    match outcome {
        Outcome::Declined(api_error) => Some(api_error),
        Outcome::RequiresAction => {
            let message = "Payment for this subscription requires additional user action before it can be completed \
                successfully. Payment can be completed using the PaymentIntent associated with `latest_invoice`.";
            Some(ApiError::card_error("subscription_payment_intent_requires_action", None, message))
        }
        Outcome::Paid | Outcome::Processing => None,
    }
}

/// Applies the pending update of a paid invoice.
pub(crate) fn apply_pending_update(subscription: &mut Object, invoice: &Object) {
    let is_alive = require_not_ended(subscription).is_ok();
    for (field, value) in invoice.hidden("pending_update").as_object().into_iter().flatten().filter(|_| is_alive) {
        subscription.set(field, value.clone());
        subscription.set("pending_update", Value::Null);
        subscription_item::move_cancellation(subscription);
    }
}
