//! The outcome of a payment attempt.

use serde_json::Value;

use crate::rules::payments::test_cards::Decline;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;

/// The outcome of a payment attempt or of saving a payment method.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The money is captured or authorized.
    Paid,
    /// A bank debit is processing. It succeeds or fails later.
    Processing,
    /// The payer must authenticate.
    RequiresAction,
    /// The card was declined.
    Declined(ApiError),
}

/// Fails the intent: it requires another payment method, and stores the error.
pub(super) fn fail_intent(
    tx: &Tx<'_>,
    intent: &mut Object,
    decline: &Decline,
    method: &Object,
) -> Result<Outcome, Error> {
    let mut api_error = decline.to_api_error();
    if intent.get("latest_charge").is_string() {
        api_error.extra.insert("charge".to_owned(), intent.get("latest_charge").clone());
    }
    api_error.extra.insert("payment_method".to_owned(), method.to_public_json());
    intent.set("last_payment_error", api_error.to_json());
    intent.set("payment_method", Value::Null);
    intent.set("processing", Value::Null);
    intent.set("status", "requires_payment_method");
    tx.save(intent)?;
    tx.emit("payment_intent.payment_failed", intent)?;
    api_error.extra.insert("payment_intent".to_owned(), intent.to_public_json());
    Ok(Outcome::Declined(api_error))
}
