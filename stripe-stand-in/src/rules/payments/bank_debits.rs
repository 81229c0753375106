//! Bank debits: they process for days, and then succeed or fail (<https://docs.stripe.com/payments/bank-debits>).

use crate::rules::payments::charges::{self, ChargeResult};
use crate::rules::payments::outcome::{self, Outcome};
use crate::rules::payments::payment_intents;
use crate::rules::payments::test_cards::Decline;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

static DEBIT_FAILED: Decline =
    Decline { code: "payment_intent_payment_attempt_failed", decline_code: None, message: "The payment failed." };

/// How a bank debit is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The money arrived.
    Succeeded,
    /// The debit failed, days later.
    Failed,
}

/// Settles a processing bank debit. The caller updates the checkout session or the invoice, and then records the
/// balance transaction.
pub(crate) fn settle(tx: &Tx<'_>, intent: &mut Object, settlement: Settlement) -> Result<Outcome, Error> {
    if intent.text("status") != "processing" {
        return Err(payment_intents::unexpected_state(intent, "settle").into());
    }
    let mut debit = tx.load(ObjectType::Charge, intent.text("latest_charge"))?;
    match settlement {
        Settlement::Succeeded => {
            let amount = intent.int("amount");
            debit.set("status", "succeeded");
            debit.set("paid", true);
            debit.set("captured", true);
            debit.set("amount_captured", amount);
            tx.save(&debit)?;
            tx.emit("charge.succeeded", &debit)?;
            payment_intents::succeed(tx, intent)?;
            Ok(Outcome::Paid)
        }
        Settlement::Failed => {
            debit.set("status", "failed");
            debit.set("failure_code", "debit_not_authorized");
            debit.set("failure_message", DEBIT_FAILED.message);
            tx.save(&debit)?;
            tx.emit("charge.failed", &debit)?;
            let method = tx.load(ObjectType::PaymentMethod, debit.text("payment_method"))?;
            outcome::fail_intent(tx, intent, &DEBIT_FAILED, &method)
        }
    }
}

/// Starts a debit.
pub(super) fn start(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let charge = charges::create(tx, intent, method, &ChargeResult::Pending)?;
    intent.set("latest_charge", charge.id());
    intent.set("status", "processing");
    tx.save(intent)?;
    tx.emit("charge.pending", &charge)?;
    tx.emit("payment_intent.processing", intent)?;
    Ok(Outcome::Processing)
}
