//! Confirms a payment intent: first the attempt, then the checkout session and the invoice of the intent, then
//! follow-ups such as disputes. Events are recorded in this order.

use crate::rules::billing::collection;
use crate::rules::checkout::sessions;
use crate::rules::payments::attempt::{self, AuthenticationResult};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::{bank_transfers, charges, payment_intents};
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Pays `intent` with `method`.
pub(crate) fn pay(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let outcome = attempt::pay(tx, intent, method)?;
    apply_outcome(tx, intent, method, &outcome)?;
    Ok(outcome)
}

/// Continues after the 3-D Secure page.
pub(crate) fn authenticate(tx: &Tx<'_>, intent: &mut Object, result: AuthenticationResult) -> Result<Outcome, Error> {
    let (outcome, method) = attempt::authenticate(tx, intent, result)?;
    apply_outcome(tx, intent, &method, &outcome)?;
    Ok(outcome)
}

/// Captures `amount` of an authorized payment, and releases the rest.
pub(crate) fn capture(tx: &Tx<'_>, intent: &mut Object, amount: i64) -> Result<(), Error> {
    let charge = payment_intents::capture(tx, intent, amount)?;
    sessions::apply_capture(tx, intent)?;
    charges::record_balance_transaction(tx, &charge)
}

/// Pays the customer's waiting bank transfers from the cash balance, oldest first.
pub(crate) fn apply_cash_balance(tx: &Tx<'_>, customer: &str, currency: &str) -> Result<(), Error> {
    for mut intent in bank_transfers::waiting_intents(tx, customer, currency)? {
        let method = tx.load(ObjectType::PaymentMethod, intent.text("payment_method"))?;
        let Some(outcome) = bank_transfers::apply_funds(tx, &mut intent, &method)? else {
            break;
        };
        apply_outcome(tx, &intent, &method, &outcome)?;
    }
    Ok(())
}

fn apply_outcome(tx: &Tx<'_>, intent: &Object, method: &Object, outcome: &Outcome) -> Result<(), Error> {
    sessions::apply_outcome(tx, intent, outcome)?;
    collection::apply_outcome(tx, intent, outcome)?;
    match attempt::automatic_settlement(method) {
        Some(settlement) => {
            sessions::settle_bank_debit(tx, &mut tx.load(ObjectType::PaymentIntent, intent.id())?, settlement)
        }
        None => attempt::follow_up(tx, intent, method),
    }
}
