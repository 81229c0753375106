//! Bank debits: under way for days, then paid or not (<https://docs.stripe.com/payments/bank-debits>).

use super::attempt::{self, Outcome};
use super::cards::Decline;
use super::charge::{self, Start};
use super::{checkout, intent};
use crate::billing::collect;
use crate::error::Error;
use crate::ids::Kind;
use crate::object::Object;
use crate::store::Tx;

static DEBIT_FAILED: Decline =
    Decline { code: "payment_intent_payment_attempt_failed", decline_code: None, message: "The payment failed." };

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
        return Err(intent::unexpected_state(intent, "settle").into());
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
            intent::succeed(tx, intent)?;
            Outcome::Paid
        }
        Settlement::Failed => {
            debit.set("status", "failed");
            debit.set("failure_code", "debit_not_authorized");
            debit.set("failure_message", DEBIT_FAILED.message);
            tx.save(&debit)?;
            tx.emit("charge.failed", &debit)?;
            let method = tx.load(Kind::PaymentMethod, debit.text("payment_method"))?;
            attempt::fail(tx, intent, &DEBIT_FAILED, &method)?
        }
    };
    checkout::follow_settlement(tx, intent, &outcome)?;
    collect::follow(tx, intent, &outcome)?;
    charge::book(tx, &debit)
}

/// Starts a debit.
pub(super) fn start(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let charge = charge::create(tx, intent, method, &Start::Pending)?;
    intent.set("latest_charge", charge.id());
    intent.set("status", "processing");
    tx.save(intent)?;
    tx.emit("charge.pending", &charge)?;
    tx.emit("payment_intent.processing", intent)?;
    Ok(Outcome::Processing)
}
