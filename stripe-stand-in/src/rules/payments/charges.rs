//! Charges (<https://docs.stripe.com/api/charges/object>): one for each attempt that reached the bank.

use serde_json::{Value, json};

use crate::rules::payments::balance_transactions;
use crate::rules::payments::test_cards::Decline;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};

/// The result of a charge.
pub(crate) enum ChargeResult {
    /// The money is taken.
    Captured,
    /// The money is authorized and can be captured.
    Authorized,
    /// A bank debit is processing.
    Pending,
    /// The issuer declined.
    Failed(&'static Decline),
}

impl ChargeResult {
    fn status(&self) -> &'static str {
        match self {
            ChargeResult::Captured | ChargeResult::Authorized => "succeeded",
            ChargeResult::Pending => "pending",
            ChargeResult::Failed(_) => "failed",
        }
    }
}

/// Creates the charge of a payment intent. The caller emits the events.
pub(crate) fn create(tx: &Tx<'_>, intent: &Object, method: &Object, result: &ChargeResult) -> Result<Object, Error> {
    let captured = matches!(result, ChargeResult::Captured);
    let amount = intent.int("amount");
    let fields = json!({
        "amount": amount,
        "amount_captured": if captured { amount } else { 0 },
        "amount_refunded": 0,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": null,
        "billing_details": method.get("billing_details"),
        "calculated_statement_descriptor": "STAND-IN",
        "captured": captured,
        "created": tx.now(),
        "currency": intent.get("currency"),
        "customer": intent.get("customer"),
        "description": intent.get("description"),
        "disputed": false,
        "failure_balance_transaction": null,
        "failure_code": null,
        "failure_message": null,
        "fraud_details": {},
        "metadata": intent.get("metadata"),
        "on_behalf_of": null,
        "outcome": outcome(result),
        "paid": matches!(result, ChargeResult::Captured | ChargeResult::Authorized),
        "payment_intent": intent.id(),
        "payment_method": method.id(),
        "payment_method_details": payment_method_details(method, amount),
        "receipt_email": intent.get("receipt_email"),
        "receipt_number": null,
        "receipt_url": null,
        "refunded": false,
        "review": null,
        "shipping": intent.get("shipping"),
        "source": null,
        "source_transfer": null,
        "statement_descriptor": intent.get("statement_descriptor"),
        "statement_descriptor_suffix": intent.get("statement_descriptor_suffix"),
        "status": result.status(),
        "transfer_data": null,
        "transfer_group": null,
    });
    let is_card = method.text("type") == "card";
    let id =
        if is_card { ObjectType::Charge.new_id() } else { format!("py_3{}", object_type::random_alphanumeric(23)) };
    let mut charge = Object::new(ObjectType::Charge, id, fields);
    if let ChargeResult::Failed(decline) = result {
        charge.set("failure_code", decline.code);
        charge.set("failure_message", decline.message);
    }
    charge.set_hidden("card", method.hidden("card").clone());
    tx.insert(&charge)?;
    Ok(charge)
}

/// Records the balance transaction of a captured charge, which Stripe does a moment later with `charge.updated`.
pub(crate) fn record_balance_transaction(tx: &Tx<'_>, before: &Object) -> Result<(), Error> {
    if !before.flag("captured") || before.get("balance_transaction").is_string() {
        return Ok(());
    }
    let mut charge = before.clone();
    charge.set("balance_transaction", balance_transactions::record_charge(tx, before)?.id());
    tx.save_and_emit("charge.updated", before, &charge)
}

/// Does the same for the latest charge of a payment intent.
pub(crate) fn record_latest_balance_transaction(tx: &Tx<'_>, intent: &Object) -> Result<(), Error> {
    record_balance_transaction(tx, &tx.load(ObjectType::Charge, intent.text("latest_charge"))?)
}

/// Updates the refunded amount. Pending and succeeded refunds count.
pub(crate) fn update_refunded_amount(charge: &mut Object, refunds: &[Object]) {
    let counts = |refund: &&Object| !matches!(refund.text("status"), "failed" | "canceled");
    let refunded: i64 = refunds.iter().filter(counts).map(|refund| refund.int("amount")).sum();
    charge.set("amount_refunded", refunded);
    charge.set("refunded", refunded > 0 && refunded >= charge.int("amount_captured"));
}

fn outcome(result: &ChargeResult) -> Value {
    let reason = match result {
        ChargeResult::Failed(decline) => decline.decline_code,
        ChargeResult::Captured | ChargeResult::Authorized | ChargeResult::Pending => None,
    };
    let seller_message = match reason {
        Some(code) => format!("The bank returned the decline code `{code}`."),
        None => "Payment complete.".to_owned(),
    };
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": if reason.is_some() { "declined_by_network" } else { "approved_by_network" },
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": seller_message,
        "type": if reason.is_some() { "issuer_declined" } else { "authorized" },
    })
}

const NULL_CARD_DETAILS: &[&str] = &[
    "authorization_code",
    "installments",
    "mandate",
    "network_token",
    "network_transaction_id",
    "three_d_secure",
    "transaction_link_id",
];

fn payment_method_details(method: &Object, amount: i64) -> Value {
    let kind = method.text("type");
    let mut details = method.get(kind).clone();
    if kind == "card"
        && let Some(card) = details.as_object_mut()
    {
        for not_on_charges in ["display_brand", "generated_from", "networks", "three_d_secure_usage"] {
            card.remove(not_on_charges);
        }
        card.insert("network".to_owned(), card.get("brand").cloned().unwrap_or_default());
        card.insert("amount_authorized".to_owned(), json!(amount));
        for unknown in NULL_CARD_DETAILS {
            card.insert((*unknown).to_owned(), Value::Null);
        }
        for unavailable in ["extended_authorization", "incremental_authorization", "multicapture", "overcapture"] {
            card.insert(unavailable.to_owned(), json!({ "status": "unavailable" }));
        }
        card["extended_authorization"]["status"] = json!("disabled");
        card["overcapture"]["maximum_amount_capturable"] = json!(amount);
    }
    json!({ "type": kind, kind: details })
}
