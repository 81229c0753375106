//! Transitions of a payment intent that need no payment attempt
//! (<https://docs.stripe.com/payments/paymentintents/lifecycle>).

use serde_json::{Value, json};

use crate::rules::payments::cash_balance;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};

/// The smallest amount that Stripe charges, in minor units.
pub(crate) const MIN_AMOUNT: i64 = 50;

/// Hidden field of an intent that Stripe.js has confirmed: it shows the 3-D Secure page over the merchant's page.
pub(crate) const USES_STRIPE_JS: &str = "uses_stripe_js";

/// A payment intent with an amount, and defaults for all other fields.
pub(crate) fn blank(tx: &Tx<'_>, amount: i64, currency: &str) -> Object {
    let id = ObjectType::PaymentIntent.new_id();
    let fields = json!({
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": 0,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": null,
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": format!("{id}_secret_{}", object_type::random_alphanumeric(25)),
        "confirmation_method": "automatic",
        "created": tx.now(),
        "currency": currency,
        "customer": null,
        "customer_account": null,
        "description": null,
        "excluded_payment_method_types": null,
        "last_payment_error": null,
        "latest_charge": null,
        "managed_payments": { "enabled": false },
        "metadata": {},
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": null,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "source": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": "requires_payment_method",
        "transfer_data": null,
        "transfer_group": null,
    });
    Object::new(ObjectType::PaymentIntent, id, fields)
}

/// The default `payment_method_types` of a session or intent in `currency`.
pub(crate) fn default_method_types(currency: &str) -> Value {
    match currency {
        "usd" => json!(["card", "us_bank_account"]),
        "eur" => json!(["card", "sepa_debit"]),
        "gbp" => json!(["card", "bacs_debit"]),
        _ => json!(["card"]),
    }
}

/// Stripe's 400 for a step that the intent's status does not allow.
pub(crate) fn unexpected_state(intent: &Object, step: &str) -> ApiError {
    let message = format!("You cannot {step} this PaymentIntent because it has a status of {}.", intent.text("status"));
    let mut api_error = ApiError::invalid_request(message).with_code("payment_intent_unexpected_state");
    api_error.extra.insert("payment_intent".to_owned(), intent.to_public_json());
    api_error
}

/// Marks the payment intent as succeeded.
pub(crate) fn succeed(tx: &Tx<'_>, intent: &mut Object) -> Result<(), Error> {
    intent.set("status", "succeeded");
    let capturable = intent.int("amount_capturable");
    let received = if capturable > 0 { capturable } else { intent.int("amount") };
    intent.set("amount_received", received);
    intent.set("amount_capturable", 0);
    intent.set("processing", Value::Null);
    tx.save(intent)?;
    tx.emit("payment_intent.succeeded", intent)
}

/// Captures `amount` of an authorized payment, and releases the rest. Returns the charge; the caller records its
/// balance transaction.
pub(crate) fn capture(tx: &Tx<'_>, intent: &mut Object, amount: i64) -> Result<Object, Error> {
    let mut charge = tx.load(ObjectType::Charge, intent.text("latest_charge"))?;
    charge.set("captured", true);
    charge.set("amount_captured", amount);
    tx.save(&charge)?;
    tx.emit("charge.captured", &charge)?;
    intent.set("amount_capturable", amount);
    succeed(tx, intent)?;
    Ok(charge)
}

/// Cancels an unpaid intent, and releases an authorized payment.
pub(crate) fn cancel(tx: &Tx<'_>, intent: &mut Object, reason: Option<&str>) -> Result<(), Error> {
    if matches!(intent.text("status"), "succeeded" | "canceled" | "processing") {
        return Err(unexpected_state(intent, "cancel").into());
    }
    if intent.text("status") == "requires_capture" {
        release_authorization(tx, intent)?;
    }
    cash_balance::return_funds(tx, intent)?;
    intent.set("amount_capturable", 0);
    intent.set("canceled_at", tx.now());
    intent.set("cancellation_reason", reason);
    intent.set("next_action", Value::Null);
    intent.set("status", "canceled");
    tx.save(intent)?;
    tx.emit("payment_intent.canceled", intent)
}

/// Releases an authorized payment. The charge looks refunded, without a refund object.
fn release_authorization(tx: &Tx<'_>, intent: &Object) -> Result<(), Error> {
    let mut charge = tx.load(ObjectType::Charge, intent.text("latest_charge"))?;
    let amount = charge.int("amount");
    charge.set("amount_refunded", amount);
    charge.set("refunded", true);
    tx.save(&charge)?;
    tx.emit("charge.refunded", &charge)
}
