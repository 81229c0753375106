//! One attempt to pay a payment intent, from the payment method to the events
//! (<https://docs.stripe.com/payments/paymentintents/lifecycle>).

use serde_json::{Value, json};

use super::cards::{self, Behaviour, Decline};
use super::charge::{self, Start};
use super::dispute;
use crate::stripe::error::{Error, Refusal};
use crate::stripe::ids::Kind;
use crate::stripe::object::Object;
use crate::stripe::resources::sessions;
use crate::stripe::store::Tx;

/// What became of an attempt.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The money is there, or held for capture.
    Paid,
    /// A bank debit is under way; it succeeds or fails later.
    Processing,
    /// The payer has to confirm with their bank first.
    AsksToAuthenticate,
    /// The card was declined.
    Declined(Refusal),
}

/// What a payer did on the 3-D Secure page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// Confirmed.
    Complete,
    /// Refused, or could not.
    Fail,
}

static NOT_AUTHENTICATED: Decline = Decline {
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "We are unable to authenticate your payment method. Please choose a different payment method and try \
              again.",
};

static DEBIT_FAILED: Decline =
    Decline { code: "payment_intent_payment_attempt_failed", decline_code: None, message: "The payment failed." };

/// Pays `intent` with `method`: charges, changes the intent and its checkout session, records the events.
pub(crate) fn pay(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    check_payable(intent)?;
    intent.set("payment_method", method.id());
    intent.set("last_payment_error", Value::Null);
    intent.set("next_action", Value::Null);
    let outcome = match behaviour(method) {
        None => start_debit(tx, intent, method)?,
        Some(Behaviour::Declines(decline)) => decline_charge(tx, intent, method, decline)?,
        Some(Behaviour::Authenticates) => ask_to_authenticate(tx, intent)?,
        Some(_) => take_money(tx, intent, method)?,
    };
    sessions::follow(tx, intent, &outcome)?;
    follow_up(tx, intent, method)?;
    Ok(outcome)
}

/// Continues after the 3-D Secure page.
pub(crate) fn authenticate(tx: &Tx<'_>, intent: &mut Object, answer: Authentication) -> Result<Outcome, Error> {
    if intent.text("status") != "requires_action" {
        return Err(unexpected_state(intent, "authenticate").into());
    }
    let method = tx.load(Kind::PaymentMethod, intent.text("payment_method"))?;
    intent.set("next_action", Value::Null);
    let outcome = match answer {
        Authentication::Complete => take_money(tx, intent, &method)?,
        Authentication::Fail => fail(tx, intent, &NOT_AUTHENTICATED, &method)?,
    };
    sessions::follow(tx, intent, &outcome)?;
    follow_up(tx, intent, &method)?;
    Ok(outcome)
}

/// How a bank debit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The money arrived.
    Succeeded,
    /// It did not, days later.
    Failed,
}

/// Ends a bank debit that is under way.
pub(crate) fn settle(tx: &Tx<'_>, intent: &mut Object, settlement: Settlement) -> Result<(), Error> {
    if intent.text("status") != "processing" {
        return Err(unexpected_state(intent, "settle").into());
    }
    let mut debit = tx.load(Kind::Charge, intent.text("latest_charge"))?;
    let outcome = match settlement {
        Settlement::Succeeded => {
            let amount = intent.int("amount");
            debit.set("status", "succeeded");
            debit.set("paid", true);
            debit.set("captured", true);
            debit.set("amount_captured", amount);
            tx.save(&debit)?;
            tx.emit("charge.succeeded", &debit)?;
            succeed(tx, intent)?;
            Outcome::Paid
        }
        Settlement::Failed => {
            debit.set("status", "failed");
            debit.set("failure_code", "debit_not_authorized");
            debit.set("failure_message", DEBIT_FAILED.message);
            tx.save(&debit)?;
            tx.emit("charge.failed", &debit)?;
            let method = tx.load(Kind::PaymentMethod, debit.text("payment_method"))?;
            fail(tx, intent, &DEBIT_FAILED, &method)?
        }
    };
    sessions::follow_settlement(tx, intent, &outcome)?;
    charge::book(tx, &debit)
}

/// Stripe's 400 for a step that the intent's status does not allow.
pub(crate) fn unexpected_state(intent: &Object, step: &str) -> Refusal {
    let message = format!("You cannot {step} this PaymentIntent because it has a status of {}.", intent.text("status"));
    let mut refusal = Refusal::invalid(message).code("payment_intent_unexpected_state");
    refusal.extra.insert("payment_intent".to_owned(), intent.public());
    refusal
}

/// Marks the money as received.
pub(crate) fn succeed(tx: &Tx<'_>, intent: &mut Object) -> Result<(), Error> {
    intent.set("status", "succeeded");
    let held = intent.int("amount_capturable");
    let received = if held > 0 { held } else { intent.int("amount") };
    intent.set("amount_received", received);
    intent.set("amount_capturable", 0);
    intent.set("processing", Value::Null);
    tx.save(intent)?;
    tx.emit("payment_intent.succeeded", intent)
}

/// Takes `amount` of what is held and lets go of the rest.
pub(crate) fn capture(tx: &Tx<'_>, intent: &mut Object, amount: i64) -> Result<(), Error> {
    let mut charge = tx.load(Kind::Charge, intent.text("latest_charge"))?;
    charge.set("captured", true);
    charge.set("amount_captured", amount);
    tx.save(&charge)?;
    tx.emit("charge.captured", &charge)?;
    intent.set("amount_capturable", amount);
    succeed(tx, intent)?;
    charge::book(tx, &charge)
}

/// Ends an intent that is not paid; money that was held is let go.
pub(crate) fn cancel(tx: &Tx<'_>, intent: &mut Object, reason: Option<&str>) -> Result<(), Error> {
    if matches!(intent.text("status"), "succeeded" | "canceled" | "processing") {
        return Err(unexpected_state(intent, "cancel").into());
    }
    intent.set("amount_capturable", 0);
    intent.set("canceled_at", tx.now);
    intent.set("cancellation_reason", reason);
    intent.set("next_action", Value::Null);
    intent.set("status", "canceled");
    tx.save(intent)?;
    tx.emit("payment_intent.canceled", intent)
}

fn check_payable(intent: &Object) -> Result<(), Refusal> {
    match intent.text("status") {
        "requires_payment_method" | "requires_confirmation" | "requires_action" => Ok(()),
        _ => Err(unexpected_state(intent, "confirm")),
    }
}

/// None for bank debits.
fn behaviour(method: &Object) -> Option<Behaviour> {
    cards::named(method.hidden_text("card")).map(|card| card.behaviour)
}

fn take_money(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let manual = intent.text("capture_method") == "manual";
    let start = if manual { Start::Authorized } else { Start::Captured };
    let charge = charge::create(tx, intent, method, &start)?;
    intent.set("latest_charge", charge.id());
    tx.emit("charge.succeeded", &charge)?;
    if manual {
        intent.set("status", "requires_capture");
        let amount = intent.int("amount");
        intent.set("amount_capturable", amount);
        tx.save(intent)?;
        tx.emit("payment_intent.amount_capturable_updated", intent)?;
    } else {
        succeed(tx, intent)?;
    }
    Ok(Outcome::Paid)
}

fn start_debit(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let charge = charge::create(tx, intent, method, &Start::Pending)?;
    intent.set("latest_charge", charge.id());
    intent.set("status", "processing");
    tx.save(intent)?;
    tx.emit("charge.pending", &charge)?;
    tx.emit("payment_intent.processing", intent)?;
    Ok(Outcome::Processing)
}

fn decline_charge(
    tx: &Tx<'_>,
    intent: &mut Object,
    method: &Object,
    decline: &'static Decline,
) -> Result<Outcome, Error> {
    let charge = charge::create(tx, intent, method, &Start::Failed(decline))?;
    intent.set("latest_charge", charge.id());
    tx.emit("charge.failed", &charge)?;
    fail(tx, intent, decline, method)
}

/// The intent waits for another payment method and remembers why.
fn fail(tx: &Tx<'_>, intent: &mut Object, decline: &Decline, method: &Object) -> Result<Outcome, Error> {
    let mut refusal = decline.refusal();
    if intent.get("latest_charge").is_string() {
        refusal.extra.insert("charge".to_owned(), intent.get("latest_charge").clone());
    }
    refusal.extra.insert("payment_method".to_owned(), method.public());
    intent.set("last_payment_error", refusal.to_json());
    intent.set("payment_method", Value::Null);
    intent.set("processing", Value::Null);
    intent.set("status", "requires_payment_method");
    tx.save(intent)?;
    tx.emit("payment_intent.payment_failed", intent)?;
    refusal.extra.insert("payment_intent".to_owned(), intent.public());
    Ok(Outcome::Declined(refusal))
}

fn ask_to_authenticate(tx: &Tx<'_>, intent: &mut Object) -> Result<Outcome, Error> {
    let page = match intent.hidden_text("session") {
        "" => intent.id(),
        session => session,
    };
    let url = format!("{}/c/pay/{page}/3ds", tx.public_url);
    let next = json!({
        "redirect_to_url": { "return_url": intent.hidden("return_url"), "url": url },
        "type": "redirect_to_url",
    });
    intent.set("next_action", next);
    intent.set("status", "requires_action");
    tx.save(intent)?;
    tx.emit("payment_intent.requires_action", intent)?;
    Ok(Outcome::AsksToAuthenticate)
}

/// What follows an attempt by itself: the charge's booking, the dispute of a disputing card, the end of a debit from
/// one of Stripe's self-settling test accounts.
fn follow_up(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<(), Error> {
    match method.hidden_text("settles") {
        "succeeds" if intent.text("status") == "processing" => return settle(tx, intent, Settlement::Succeeded),
        "fails" if intent.text("status") == "processing" => return settle(tx, intent, Settlement::Failed),
        _ => {}
    }
    let Some(charge) = intent.opt_text("latest_charge") else {
        return Ok(());
    };
    charge::book(tx, &tx.load(Kind::Charge, charge)?)?;
    if let (Some(Behaviour::Disputed(kind)), "succeeded") = (behaviour(method), intent.text("status")) {
        dispute::open_by_card(tx, &tx.load(Kind::Charge, charge)?, kind)?;
    }
    Ok(())
}
