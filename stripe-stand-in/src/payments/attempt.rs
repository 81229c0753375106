//! One attempt to pay a payment intent, from the payment method to the events
//! (<https://docs.stripe.com/payments/paymentintents/lifecycle>).

use serde_json::{Value, json};

use super::cards::{self, Behaviour, Decline};
use super::charge::{self, Start};
use super::debit::Settlement;
use super::{checkout, debit, dispute, intent};
use crate::billing::collect;
use crate::error::{Error, Refusal};
use crate::ids::Kind;
use crate::object::Object;
use crate::store::Tx;
use crate::time;

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

/// Remembers of a payment method that it was authenticated for later payments.
const SET_UP: &str = "set_up";

/// Pays `intent` with `method`: charges, changes the intent and its checkout session, records the events.
pub(crate) fn pay(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    check_payable(intent)?;
    time::enter_of_customer(tx, intent)?;
    intent.set("payment_method", method.id());
    intent.set("last_payment_error", Value::Null);
    intent.set("next_action", Value::Null);
    let outcome = match behaviour(method) {
        None => debit::start(tx, intent, method)?,
        Some(Behaviour::Declines(decline)) => decline_charge(tx, intent, method, decline)?,
        Some(Behaviour::Authenticates) => ask_to_authenticate(tx, intent)?,
        Some(_) => take_money(tx, intent, method)?,
    };
    checkout::follow(tx, intent, &outcome)?;
    collect::follow(tx, intent, &outcome)?;
    follow_up(tx, intent, method)?;
    Ok(outcome)
}

/// Continues after the 3-D Secure page.
pub(crate) fn authenticate(tx: &Tx<'_>, intent: &mut Object, answer: Authentication) -> Result<Outcome, Error> {
    if intent.text("status") != "requires_action" {
        return Err(intent::unexpected_state(intent, "authenticate").into());
    }
    time::enter_of_customer(tx, intent)?;
    let mut method = tx.load(Kind::PaymentMethod, intent.text("payment_method"))?;
    intent.set("next_action", Value::Null);
    let outcome = match answer {
        Authentication::Complete => {
            set_up(tx, &mut method)?;
            take_money(tx, intent, &method)?
        }
        Authentication::Fail => fail(tx, intent, &NOT_AUTHENTICATED, &method)?,
    };
    checkout::follow(tx, intent, &outcome)?;
    collect::follow(tx, intent, &outcome)?;
    follow_up(tx, intent, &method)?;
    Ok(outcome)
}

/// The payer has agreed to later payments: by authenticating one, or by leaving the card for them.
pub(crate) fn set_up(tx: &Tx<'_>, method: &mut Object) -> Result<(), Error> {
    method.hide(SET_UP, true);
    tx.save(method)
}

fn check_payable(intent: &Object) -> Result<(), Refusal> {
    match intent.text("status") {
        "requires_payment_method" | "requires_confirmation" | "requires_action" => Ok(()),
        _ => Err(intent::unexpected_state(intent, "confirm")),
    }
}

/// None for bank debits. A card that was authenticated for later payments needs no authentication any more, unless it
/// is the one that always does.
fn behaviour(method: &Object) -> Option<Behaviour> {
    let card = cards::named(method.hidden_text("card"))?;
    let is_set_up = method.hidden(SET_UP) == true && card.authenticates_once();
    Some(if is_set_up { Behaviour::Pays } else { card.behaviour })
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
        intent::succeed(tx, intent)?;
    }
    Ok(Outcome::Paid)
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
pub(super) fn fail(tx: &Tx<'_>, intent: &mut Object, decline: &Decline, method: &Object) -> Result<Outcome, Error> {
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
/// one of Stripe's self-settling test accounts. The caller's answer is from before, as with Stripe.
fn follow_up(tx: &Tx<'_>, intent: &Object, method: &Object) -> Result<(), Error> {
    let settlement = match method.hidden_text("settles") {
        "succeeds" => Some(Settlement::Succeeded),
        "fails" => Some(Settlement::Failed),
        _ => None,
    };
    if let Some(settlement) = settlement {
        return debit::settle(tx, &mut tx.load(Kind::PaymentIntent, intent.id())?, settlement);
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
