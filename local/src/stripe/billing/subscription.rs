//! The statuses of a subscription and what moves it from one to another
//! (<https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>).

use serde_json::{Value, json};

use super::calendar::DAY;
use super::ends::{self, Ends};
use super::invoice::{self, Bill};
use super::{discount, items, lines, update};
use crate::stripe::error::{Error, Refusal};
use crate::stripe::ids::Kind;
use crate::stripe::object::Object;
use crate::stripe::payments::attempt::Outcome;
use crate::stripe::store::Tx;

/// What becomes of a payment that does not succeed at once: Stripe's `payment_behavior`, without its `incomplete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentBehavior {
    /// The subscription is incomplete, or past due after a change.
    Allow,
    /// The same, without an attempt.
    Default,
    /// The call fails and changes nothing.
    Error,
    /// The change waits until it is paid.
    Pending,
}

/// Stripe announces a trial's end so early.
pub(crate) const TRIAL_NOTICE: i64 = 3 * DAY;

/// Set while a subscription is being made: it is announced when it is known how it begins.
const UNANNOUNCED: &str = "unannounced";

/// How a subscription begins.
pub(crate) struct Start<'a> {
    pub(crate) behavior: PaymentBehavior,
    pub(crate) ends: Option<Ends>,
    /// The payment intent that Checkout has charged already.
    pub(crate) payment: Option<&'a Object>,
}

/// Begins a subscription whose fields are filled in: its first period, its first invoice, and the payment of that.
pub(crate) fn start(tx: &Tx<'_>, mut subscription: Object, how: &Start<'_>) -> Result<Object, Error> {
    let (now, payment) = (tx.now(), how.payment);
    let trial_end = subscription.get("trial_end").as_i64().filter(|end| *end > now);
    let interval = items::interval(items::of(&subscription))?;
    let anchor = trial_end.unwrap_or(now);
    let period = (now, trial_end.unwrap_or_else(|| interval.end_after(now, now)));
    items::set_period(&mut subscription, period.0, period.1);
    if let Some(ends) = how.ends {
        ends::set(tx, &mut subscription, ends);
    }
    subscription.set("billing_cycle_anchor", anchor);
    subscription.set("trial_start", trial_end.map(|_| now));
    subscription.set("status", if trial_end.is_some() { "trialing" } else { "incomplete" });
    subscription.hide(UNANNOUNCED, true);
    tx.insert(&subscription)?;

    let lines = match trial_end {
        Some(_) => lines::trial(tx, &subscription, period)?,
        None => lines::whole(tx, &subscription, period)?,
    };
    let mut first = first_invoice(tx, &mut subscription, lines)?;
    if let Some(payment) = payment {
        first.hide("paid_by", payment.id());
    }
    invoice::finalize(tx, &mut first)?;
    match payment {
        Some(payment) if payment.text("status") == "succeeded" => invoice::paid(tx, &mut first, Some(payment))?,
        Some(_) => payment_is_under_way(tx, &first)?,
        None if first.text("status") == "open" => update::pay(tx, &first, how.behavior)?,
        None => {}
    }
    announce(tx, subscription.id())
}

fn first_invoice(tx: &Tx<'_>, subscription: &mut Object, lines: Vec<Value>) -> Result<Object, Error> {
    let customer = tx.load(Kind::Customer, subscription.text("customer"))?;
    let currency = subscription.text("currency").to_owned();
    let (reason, period) = ("subscription_create", (tx.now(), tx.now()));
    let bill =
        Bill { customer: &customer, subscription: Some(subscription), reason, currency: &currency, lines, period };
    let first = invoice::draft(tx, bill)?;
    subscription.set("latest_invoice", first.id());
    discount::end_used(tx, subscription)?;
    tx.save(subscription)?;
    invoice::insert(tx, &first)?;
    Ok(first)
}

fn announce(tx: &Tx<'_>, id: &str) -> Result<Object, Error> {
    let mut subscription = tx.load(Kind::Subscription, id)?;
    subscription.hide(UNANNOUNCED, false);
    tx.save(&subscription)?;
    tx.emit("customer.subscription.created", &subscription)?;
    notice_trial_end(tx, &mut subscription)?;
    Ok(subscription)
}

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
    tx.save(&after)?;
    tx.emit("customer.subscription.deleted", &after)?;
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
            let how = Cancellation { reason: "payment_failed", prorate: false, invoice_now: false };
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
