//! How the money for an invoice comes in: a payment intent for what is due, attempts to pay it, and retries
//! (<https://docs.stripe.com/billing/revenue-recovery/smart-retries>).

use serde_json::{Value, json};

use super::calendar::DAY;
use super::{invoice, subscription};
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::payments::attempt::{self, Outcome};
use crate::payments::intent;
use crate::store::{Query, Tx};

/// Days from one automatic attempt to the next: a fixed schedule instead of Stripe's machine learning, and like it over
/// within about two weeks. After the last one the subscription goes the way of the account's setting.
const RETRIES: [i64; 3] = [3 * DAY, 5 * DAY, 7 * DAY];

/// Makes the payment intent of an invoice that is being finalized, unless Checkout has charged one (`paid_by`). Like
/// Stripe's it carries nothing of the subscription's metadata.
pub(crate) fn request(tx: &Tx<'_>, invoice: &mut Object) -> Result<(), Error> {
    if let Some(mut charged) = tx.find(Kind::PaymentIntent, invoice.hidden_text("paid_by"))? {
        return tie(tx, invoice, &mut charged);
    }
    let mut intent = intent::blank(tx, invoice.int("amount_due"), invoice.text("currency"));
    intent.set("customer", invoice.get("customer").clone());
    intent.set("description", description(invoice.text("billing_reason")));
    intent.set("setup_future_usage", (!invoice::subscription_of(invoice).is_empty()).then_some("off_session"));
    intent.hide("return_url", invoice.get("hosted_invoice_url").clone());
    tx.insert(&intent)?;
    tx.emit("payment_intent.created", &intent)?;
    tie(tx, invoice, &mut intent)
}

/// Ties an invoice to the payment intent that pays it: a new one, or the one that Checkout has charged already.
fn tie(tx: &Tx<'_>, invoice: &mut Object, intent: &mut Object) -> Result<(), Error> {
    intent.hide("invoice", invoice.id());
    tx.save(intent)?;
    invoice.hide("intent", intent.id());
    let fields = json!({
        "amount_paid": null,
        "amount_requested": invoice.get("amount_due"),
        "created": tx.now(),
        "currency": invoice.get("currency"),
        "invoice": invoice.id(),
        "is_default": true,
        "payment": { "payment_intent": intent.id(), "type": "payment_intent" },
        "status": "open",
        "status_transitions": { "canceled_at": null, "paid_at": null },
    });
    tx.insert(&Object::new(Kind::InvoicePayment, Kind::InvoicePayment.new_id(), fields))
}

fn description(reason: &str) -> &'static str {
    match reason {
        "subscription_create" => "Subscription creation",
        "manual" => "Payment for Invoice",
        _ => "Subscription update",
    }
}

/// The payments of an invoice.
pub(crate) fn payments(tx: &Tx<'_>, invoice: &str) -> Result<Vec<Object>, Error> {
    tx.all(Query::of(Kind::InvoicePayment).with("invoice", invoice.to_owned()))
}

/// The invoice's payment has succeeded.
pub(crate) fn record_paid(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    for mut payment in payments(tx, invoice.id())? {
        payment.set("status", "paid");
        payment.set("amount_paid", payment.get("amount_requested").clone());
        payment.set("status_transitions", json!({ "canceled_at": null, "paid_at": tx.now() }));
        tx.save(&payment)?;
        tx.emit("invoice_payment.paid", &payment)?;
    }
    Ok(())
}

/// Nobody is to pay the invoice any more.
pub(crate) fn cancel_request(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    for mut payment in payments(tx, invoice.id())? {
        payment.set("status", "canceled");
        payment.set("status_transitions", json!({ "canceled_at": tx.now(), "paid_at": null }));
        tx.save(&payment)?;
    }
    match tx.find(Kind::PaymentIntent, invoice.hidden_text("intent"))? {
        Some(mut intent) if intent.text("status").starts_with("requires_") => {
            intent::cancel(tx, &mut intent, Some("void_invoice"))
        }
        _ => Ok(()),
    }
}

/// The payment method that an invoice is charged to: its own, its subscription's, or its customer's.
pub(crate) fn method(tx: &Tx<'_>, invoice: &Object) -> Result<Option<Object>, Error> {
    let subscription = tx.find(Kind::Subscription, invoice::subscription_of(invoice))?;
    let customer = tx.find(Kind::Customer, invoice.text("customer"))?;
    method_among(tx, Some(invoice), subscription.as_ref(), customer.as_ref())
}

/// The payment method that renewals of a subscription are charged to.
pub(crate) fn method_of(tx: &Tx<'_>, subscription: &Object) -> Result<Option<Object>, Error> {
    let customer = tx.find(Kind::Customer, subscription.text("customer"))?;
    method_among(tx, None, Some(subscription), customer.as_ref())
}

fn method_among(
    tx: &Tx<'_>,
    invoice: Option<&Object>,
    subscription: Option<&Object>,
    customer: Option<&Object>,
) -> Result<Option<Object>, Error> {
    let owners = [
        (invoice, "/default_payment_method"),
        (subscription, "/default_payment_method"),
        (subscription, "/default_source"),
        (customer, "/invoice_settings/default_payment_method"),
        (customer, "/default_source"),
    ];
    for (owner, field) in owners {
        let Some(id) = owner.and_then(|owner| owner.at(field).as_str()) else { continue };
        let attached = |method: &Object| customer.is_some_and(|owner| method.text("customer") == owner.id());
        if let Some(method) = tx.find(Kind::PaymentMethod, id)?.filter(attached) {
            return Ok(Some(method));
        }
    }
    Ok(None)
}

/// What Stripe answers where a payment is due and nothing is there to charge.
pub(crate) fn no_method() -> Refusal {
    let message = "This customer has no attached payment source or default payment method. Please consider adding a \
        default payment method. For more information, visit \
        https://docs.stripe.com/billing/subscriptions/payment-methods-setting.";
    Refusal::invalid(message).code("resource_missing")
}

/// Pays an open invoice; what follows for the invoice and its subscription is done by [`follow`].
pub(crate) fn pay(tx: &Tx<'_>, invoice: &Object, method: &Object) -> Result<Outcome, Error> {
    invoice::require(invoice, &["open", "uncollectible"], "paid")?;
    let mut intent = tx.load(Kind::PaymentIntent, invoice.hidden_text("intent"))?;
    attempt::pay(tx, &mut intent, method)
}

/// An attempt of Stripe's own. Without a payment method it fails without a charge.
pub(crate) fn pay_automatically(tx: &Tx<'_>, invoice: &Object) -> Result<Option<Outcome>, Error> {
    let mut invoice = invoice.clone();
    invoice.hide("automatic_attempts", invoice.hidden("automatic_attempts").as_i64().unwrap_or_default() + 1);
    invoice.hide("automatic", true);
    tx.save(&invoice)?;
    let outcome = match method(tx, &invoice)? {
        Some(method) => Some(pay(tx, &invoice, &method)?),
        None => {
            failed(tx, &invoice, Failure::Declined)?;
            None
        }
    };
    let mut after = tx.load(Kind::Invoice, invoice.id())?;
    after.hide("automatic", false);
    tx.save(&after)?;
    let is_last = after.text("status") == "open" && after.get("next_payment_attempt").is_null();
    let is_declined = !matches!(outcome, Some(Outcome::Processing | Outcome::Paid));
    if is_last && is_declined && retries(&after) {
        subscription::payment_is_given_up(tx, &after)?;
    }
    Ok(outcome)
}

/// Whether Stripe tries again to have an invoice paid: never the first one of a subscription, nor a pending update's.
fn retries(invoice: &Object) -> bool {
    invoice.text("billing_reason") != "subscription_create"
        && !invoice::subscription_of(invoice).is_empty()
        && invoice.hidden("pending_update").is_null()
        && invoice.hidden("resumes") != true
}

/// What an attempt to pay means for the invoice of the payment intent, if it has one.
pub(crate) fn follow(tx: &Tx<'_>, intent: &Object, outcome: &Outcome) -> Result<(), Error> {
    let Some(mut invoice) = tx.find(Kind::Invoice, intent.hidden_text("invoice"))? else {
        return Ok(());
    };
    if !matches!(invoice.text("status"), "open" | "uncollectible") {
        return Ok(());
    }
    match outcome {
        Outcome::Paid => invoice::paid(tx, &mut invoice, Some(intent)),
        // Stripe trusts a debit that is under way.
        Outcome::Processing => subscription::payment_is_under_way(tx, &invoice),
        Outcome::AsksToAuthenticate => failed(tx, &invoice, Failure::NeedsAuthentication),
        Outcome::Declined(_) => failed(tx, &invoice, Failure::Declined),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Declined,
    NeedsAuthentication,
}

fn failed(tx: &Tx<'_>, before: &Object, failure: Failure) -> Result<(), Error> {
    let mut invoice = before.clone();
    invoice.set("attempted", true);
    invoice.set("attempt_count", before.int("attempt_count") + 1);
    if before.hidden("automatic") == true && retries(before) {
        invoice.set("next_payment_attempt", next_attempt(tx.now(), before));
    }
    tx.save_and_emit("invoice.updated", before, &invoice)?;
    let is_first = invoice.text("billing_reason") == "subscription_create";
    if failure == Failure::NeedsAuthentication {
        tx.emit("invoice.payment_action_required", &invoice)?;
    }
    // A payer who is present is asked; one who is not has failed to pay.
    if failure == Failure::Declined || !is_first {
        tx.emit("invoice.payment_failed", &invoice)?;
    }
    subscription::payment_has_failed(tx, &invoice)
}

fn next_attempt(now: i64, invoice: &Object) -> Value {
    let done = invoice.hidden("automatic_attempts").as_i64().unwrap_or(1);
    let wait = usize::try_from(done - 1).ok().and_then(|done| RETRIES.get(done));
    wait.map_or(Value::Null, |wait| json!(now + wait))
}
