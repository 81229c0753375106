//! The cash balance of a customer (<https://docs.stripe.com/payments/customer-balance>): money that the customer sent by
//! bank transfer and that no payment uses yet.

use serde_json::{Map, Value, json};

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Hidden field of a customer: the available amount of each currency.
const AVAILABLE: &str = "cash_balance";

/// Hidden field of a payment intent: the amount that was taken from the cash balance for it.
const FUNDED: &str = "funded";

/// The available amount.
pub(crate) fn available(customer: &Object, currency: &str) -> i64 {
    customer.hidden(AVAILABLE)[currency].as_i64().unwrap_or_default()
}

/// Adds to the available amount, or subtracts from it.
pub(crate) fn change(tx: &Tx<'_>, customer: &mut Object, currency: &str, amount: i64) -> Result<(), Error> {
    let mut balance = customer.hidden(AVAILABLE).as_object().cloned().unwrap_or_default();
    balance.insert(currency.to_owned(), json!(available(customer, currency) + amount));
    customer.set_hidden(AVAILABLE, balance);
    tx.save(customer)
}

/// The cash balance as Stripe shows it. `available` is null without money.
pub(crate) fn to_json(customer: &Object) -> Value {
    let amounts = customer.hidden(AVAILABLE).as_object().cloned().unwrap_or_default();
    let amounts: Map<String, Value> = amounts.into_iter().filter(|(_, amount)| *amount != 0).collect();
    json!({
        "object": "cash_balance",
        "available": if amounts.is_empty() { Value::Null } else { Value::Object(amounts) },
        "customer": customer.id(),
        "customer_account": null,
        "livemode": false,
        "settings": { "reconciliation_mode": "automatic", "using_merchant_default": true },
    })
}

/// The amount of a payment intent that is not funded yet.
pub(crate) fn remaining(intent: &Object) -> i64 {
    let funded = intent.hidden(FUNDED).as_i64().unwrap_or_default();
    (intent.int("amount") - funded).max(0)
}

/// Moves as much as possible from the customer's cash balance to the payment intent. Returns the amount. The caller
/// saves the intent.
pub(crate) fn fund(tx: &Tx<'_>, intent: &mut Object) -> Result<i64, Error> {
    let mut customer = tx.load(ObjectType::Customer, intent.text("customer"))?;
    let currency = intent.text("currency").to_owned();
    let amount = remaining(intent).min(available(&customer, &currency));
    if amount > 0 {
        change(tx, &mut customer, &currency, -amount)?;
        intent.set_hidden(FUNDED, intent.hidden(FUNDED).as_i64().unwrap_or_default() + amount);
    }
    Ok(amount)
}

/// Returns what was moved to an unpaid payment intent to the customer's cash balance. The caller saves the intent.
pub(crate) fn return_funds(tx: &Tx<'_>, intent: &mut Object) -> Result<(), Error> {
    let funded = intent.hidden(FUNDED).as_i64().unwrap_or_default();
    if funded > 0 {
        let mut customer = tx.load(ObjectType::Customer, intent.text("customer"))?;
        let currency = intent.text("currency").to_owned();
        change(tx, &mut customer, &currency, funded)?;
        intent.set_hidden(FUNDED, 0);
    }
    Ok(())
}
