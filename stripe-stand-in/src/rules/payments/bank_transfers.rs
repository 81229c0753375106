//! Bank transfers: the customer sends money to the cash balance, which pays the payment intent
//! (<https://docs.stripe.com/payments/bank-transfers>).

use serde_json::{Value, json};

use crate::rules::payments::charges::{self, ChargeResult};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::{cash_balance, payment_intents};
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};

/// The type of payment method that pays from the cash balance.
pub(crate) const METHOD_TYPE: &str = "customer_balance";

/// The type of a payment intent's `next_action` while money is missing.
const NEXT_ACTION: &str = "display_bank_transfer_instructions";

/// Pays from the cash balance. While money is missing, the intent shows where to send it.
pub(super) fn start(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    if intent.opt_text("customer").is_none() {
        let message = "A PaymentIntent with the payment method type customer_balance needs a customer.";
        return Err(ApiError::invalid_request(message).with_param("customer").into());
    }
    if transfer_type(intent.text("currency")).is_none() {
        let message = "The Stripe stand-in supports bank transfers in usd, eur and gbp only.";
        return Err(ApiError::invalid_request(message).with_param("currency").into());
    }
    let funded = cash_balance::fund(tx, intent)?;
    if cash_balance::remaining(intent) == 0 {
        return charge(tx, intent, method);
    }
    let reference = object_type::random_alphanumeric(12).to_uppercase();
    intent.set("next_action", next_action(intent, &reference));
    intent.set("status", "requires_action");
    tx.save(intent)?;
    tx.emit("payment_intent.requires_action", intent)?;
    if funded > 0 {
        tx.emit("payment_intent.partially_funded", intent)?;
    }
    Ok(Outcome::RequiresAction)
}

/// The payment intents of a customer that wait for money, oldest first.
pub(crate) fn waiting_intents(tx: &Tx<'_>, customer: &str, currency: &str) -> Result<Vec<Object>, Error> {
    let query = Query::of(ObjectType::PaymentIntent)
        .with("customer", customer.to_owned())
        .with("currency", currency.to_owned())
        .with("status", "requires_action".to_owned())
        .with("next_action.type", NEXT_ACTION.to_owned());
    tx.all(query)
}

/// Uses new money of the cash balance for a waiting intent. None when the customer has no money left.
pub(crate) fn apply_funds(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Option<Outcome>, Error> {
    if cash_balance::fund(tx, intent)? == 0 {
        return Ok(None);
    }
    if cash_balance::remaining(intent) == 0 {
        intent.set("next_action", Value::Null);
        return charge(tx, intent, method).map(Some);
    }
    let reference = intent.pointer(&format!("/next_action/{NEXT_ACTION}/reference")).clone();
    intent.set("next_action", next_action(intent, reference.as_str().unwrap_or_default()));
    tx.save(intent)?;
    tx.emit("payment_intent.partially_funded", intent)?;
    Ok(Some(Outcome::RequiresAction))
}

fn charge(tx: &Tx<'_>, intent: &mut Object, method: &Object) -> Result<Outcome, Error> {
    let charge = charges::create(tx, intent, method, &ChargeResult::Captured)?;
    intent.set("latest_charge", charge.id());
    tx.emit("charge.succeeded", &charge)?;
    payment_intents::succeed(tx, intent)?;
    Ok(Outcome::Paid)
}

fn next_action(intent: &Object, reference: &str) -> Value {
    let currency = intent.text("currency");
    let mut instructions = json!({
        "amount_remaining": cash_balance::remaining(intent),
        "currency": currency,
        "financial_addresses": [financial_address(currency)],
        "hosted_instructions_url": null,
        "reference": reference,
    });
    instructions["type"] = json!(transfer_type(currency));
    json!({ NEXT_ACTION: instructions, "type": NEXT_ACTION })
}

/// Stripe's type of bank transfer in a currency.
pub(crate) fn transfer_type(currency: &str) -> Option<&'static str> {
    match currency {
        "usd" => Some("us_bank_transfer"),
        "eur" => Some("eu_bank_transfer"),
        "gbp" => Some("gb_bank_transfer"),
        _ => None,
    }
}

fn financial_address(currency: &str) -> Value {
    let address = json!({
        "city": "Stand-In", "country": "US", "line1": "1 Test Street", "line2": null, "postal_code": "00000",
        "state": null,
    });
    let holder = "Stripe stand-in";
    match currency {
        "usd" => json!({
            "aba": {
                "account_holder_address": address, "account_holder_name": holder, "account_number": "000123456789",
                "account_type": "checking", "bank_address": address, "bank_name": "STRIPE TEST BANK",
                "routing_number": "110000000",
            },
            "supported_networks": ["ach", "domestic_wire_us"],
            "type": "aba",
        }),
        "gbp" => json!({
            "sort_code": {
                "account_holder_address": address, "account_holder_name": holder, "account_number": "12345678",
                "bank_address": address, "sort_code": "108800",
            },
            "supported_networks": ["bacs", "fps"],
            "type": "sort_code",
        }),
        _ => json!({
            "iban": {
                "account_holder_address": address, "account_holder_name": holder, "bank_address": address,
                "bic": "TESTDEFFXXX", "country": "DE", "iban": "DE00123456781234567890",
            },
            "supported_networks": ["sepa"],
            "type": "iban",
        }),
    }
}
