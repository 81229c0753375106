//! Setup intents, which save a payment method for later payments
//! (<https://docs.stripe.com/payments/setupintents/lifecycle>).

use serde_json::{Value, json};

use crate::rules::payments::attempt::{self, AuthenticationResult};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::payment_methods;
use crate::rules::payments::test_cards::{self, CardBehavior};
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};

const NOT_AUTHENTICATED: &str = "The latest attempt to set up the payment method has failed because authentication \
    failed.";

/// A setup intent with defaults for all fields.
pub(crate) fn blank(tx: &Tx<'_>) -> Object {
    let id = ObjectType::SetupIntent.new_id();
    let fields = json!({
        "application": null,
        "automatic_payment_methods": null,
        "cancellation_reason": null,
        "client_secret": format!("{id}_secret_{}", object_type::random_alphanumeric(25)),
        "created": tx.now(),
        "customer": null,
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "flow_directions": null,
        "last_setup_error": null,
        "latest_attempt": null,
        "managed_payments": { "enabled": false },
        "mandate": null,
        "metadata": {},
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "single_use_mandate": null,
        "status": "requires_payment_method",
        "usage": "off_session",
    });
    Object::new(ObjectType::SetupIntent, id, fields)
}

/// Saves `method` for later, if the issuer agrees. Some cards must be authenticated first.
pub(crate) fn confirm(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    if !is_unfinished(intent) {
        return Err(unexpected_state(intent, "confirm").into());
    }
    intent.set("payment_method", method.id());
    intent.set("last_setup_error", Value::Null);
    intent.set("next_action", Value::Null);
    let card = test_cards::by_token_name(method.hidden_text("card"));
    if let Some(Err(api_error)) = card.map(test_cards::TestCard::check_attachable) {
        return fail(tx, intent, api_error, method);
    }
    match card.map(|card| card.behavior) {
        Some(CardBehavior::Authenticates) => {
            attempt::require_authentication(tx, intent, "setup_intent.requires_action")
        }
        _ => succeed(tx, intent, &mut method.clone()),
    }
}

/// Continues after the 3-D Secure page.
pub(crate) fn authenticate(tx: &Tx<'_>, intent: &mut Object, result: AuthenticationResult) -> Result<Outcome, Error> {
    if intent.text("status") != "requires_action" {
        return Err(unexpected_state(intent, "authenticate").into());
    }
    let mut method = tx.load(ObjectType::PaymentMethod, intent.text("payment_method"))?;
    intent.set("next_action", Value::Null);
    match result {
        AuthenticationResult::Complete => succeed(tx, intent, &mut method),
        AuthenticationResult::Fail => {
            let api_error = ApiError::card_error("setup_intent_authentication_failure", None, NOT_AUTHENTICATED);
            fail(tx, intent, api_error, &method)
        }
    }
}

/// Cancels an intent that has not succeeded.
pub(crate) fn cancel(tx: &Tx<'_>, intent: &mut Object, reason: Option<&str>) -> Result<(), Error> {
    if !is_unfinished(intent) {
        return Err(unexpected_state(intent, "cancel").into());
    }
    intent.set("cancellation_reason", reason);
    intent.set("next_action", Value::Null);
    intent.set("status", "canceled");
    tx.save(intent)?;
    tx.emit("setup_intent.canceled", intent)
}

/// Stripe's 400 for a confirmation without a payment method.
pub(crate) fn no_payment_method_error() -> ApiError {
    let message = "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent \
        with a payment method and then confirm it again.";
    ApiError::invalid_request(message).with_code("setup_intent_unexpected_state")
}

/// Whether the intent has neither succeeded nor been canceled.
pub(crate) fn is_unfinished(intent: &Object) -> bool {
    !matches!(intent.text("status"), "succeeded" | "canceled")
}

/// Stripe's 400 for a step that the intent's status does not allow.
pub(crate) fn unexpected_state(intent: &Object, step: &str) -> ApiError {
    let message = format!("You cannot {step} this SetupIntent because it has a status of {}.", intent.text("status"));
    let mut api_error = ApiError::invalid_request(message).with_code("setup_intent_unexpected_state");
    api_error.extra.insert("setup_intent".to_owned(), intent.to_public_json());
    api_error
}

fn succeed(tx: &Tx<'_>, intent: &mut Object, method: &mut Object) -> Result<Outcome, Error> {
    attempt::mark_set_up(tx, method)?;
    if let Some(customer) = intent.opt_text("customer").filter(|customer| method.text("customer") != *customer) {
        payment_methods::attach(tx, method, customer)?;
    }
    intent.set("status", "succeeded");
    tx.save(intent)?;
    tx.emit("setup_intent.succeeded", intent)?;
    Ok(Outcome::Paid)
}

/// Fails the intent: it requires another payment method, and stores the error.
fn fail(tx: &Tx<'_>, intent: &mut Object, mut api_error: ApiError, method: &Object) -> Result<Outcome, Error> {
    api_error.extra.insert("payment_method".to_owned(), method.to_public_json());
    intent.set("last_setup_error", api_error.to_json());
    intent.set("payment_method", Value::Null);
    intent.set("status", "requires_payment_method");
    tx.save(intent)?;
    tx.emit("setup_intent.setup_failed", intent)?;
    api_error.extra.insert("setup_intent".to_owned(), intent.to_public_json());
    Ok(Outcome::Declined(api_error))
}
