//! Confirming a payment intent, whatever it is for: the attempt itself, then what it means for the checkout session and
//! the invoice of the intent, then what follows by itself. Events are recorded in this order.

use crate::rules::billing::collection;
use crate::rules::checkout::sessions;
use crate::rules::payments::attempt::{self, Authentication};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::{charges, payment_intents};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Pays `intent` with `method`.
pub(crate) fn pay(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let outcome = attempt::pay(tx, intent, method)?;
    finish(tx, intent, method, &outcome)?;
    Ok(outcome)
}

/// Continues after the 3-D Secure page.
pub(crate) fn authenticate(tx: &Tx<'_>, intent: &mut Object, answer: Authentication) -> Result<Outcome, Error> {
    let (outcome, method) = attempt::authenticate(tx, intent, answer)?;
    finish(tx, intent, &method, &outcome)?;
    Ok(outcome)
}

/// Takes `amount` of what is held and lets go of the rest.
pub(crate) fn capture(tx: &Tx<'_>, intent: &mut Object, amount: i64) -> Result<(), Error> {
    let charge = payment_intents::capture(tx, intent, amount)?;
    sessions::follow_capture(tx, intent)?;
    charges::book(tx, &charge)
}

fn finish(tx: &Tx<'_>, intent: &Object, method: &Object, outcome: &Outcome) -> Result<(), Error> {
    sessions::follow(tx, intent, outcome)?;
    collection::apply_outcome(tx, intent, outcome)?;
    match attempt::settles_by_itself(method) {
        Some(settlement) => sessions::settle_debit(tx, &mut tx.load(ObjectType::PaymentIntent, intent.id())?, settlement),
        None => attempt::follow_up(tx, intent, method),
    }
}
