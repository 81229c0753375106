//! Refunds (<https://docs.stripe.com/refunds>): immediate for cards, pending for bank debits. They can fail days
//! later, which returns the money.

use serde_json::{Value, json};

use crate::rules::payments::test_cards::{self, CardBehavior};
use crate::rules::payments::{balance_transactions, charges};
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// The parameters of a refund.
pub(crate) struct RefundRequest {
    /// Minor units. None refunds everything that is left.
    pub(crate) amount: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Value,
    /// Leave the refund pending, whatever the payment method.
    pub(crate) pending: bool,
}

/// Refunds a charge. Refused when less than the amount is left.
pub(crate) fn create(tx: &Tx<'_>, charge: &Object, request: RefundRequest) -> Result<Object, Error> {
    let amount = check_refundable(charge, request.amount)?;
    let is_card = charge.id().starts_with("ch_");
    let card = test_cards::by_token_name(charge.hidden_text("card")).map(|card| card.behavior);
    let pending = request.pending || !is_card || card == Some(CardBehavior::RefundPends);
    let fields = json!({
        "amount": amount,
        "balance_transaction": null,
        "charge": charge.id(),
        "created": tx.now(),
        "currency": charge.get("currency"),
        "customer": charge.get("customer"),
        "customer_account": null,
        "destination_details": destination_details(is_card),
        "metadata": request.metadata,
        "payment_intent": charge.get("payment_intent"),
        "payment_method": charge.get("payment_method"),
        "reason": request.reason,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": if pending { "pending" } else { "succeeded" },
        "transfer_reversal": null,
    });
    let mut refund = Object::from(fields);
    refund.set("id", ObjectType::Refund.new_id());
    refund.set("object", ObjectType::Refund.object_name());
    if pending {
        refund.set("pending_reason", "processing");
    }
    let entry = balance_transactions::record_refund(tx, &refund)?;
    refund.set("balance_transaction", entry.id());
    tx.insert(&refund)?;
    tx.emit("refund.created", &refund)?;
    tx.emit("charge.refunded", &update_charge(tx, charge.id())?)?;
    follow_up(tx, &refund, card)?;
    Ok(refund)
}

/// Completes a pending refund.
pub(crate) fn succeed(tx: &Tx<'_>, before: &Object) -> Result<Object, Error> {
    require_status(before, &["pending", "requires_action"], "succeed")?;
    let mut refund = before.clone();
    refund.set("status", "succeeded");
    refund.set("pending_reason", Value::Null);
    save_update(tx, before, &refund)?;
    Ok(refund)
}

/// Fails a refund. Its amount no longer counts as refunded.
pub(crate) fn fail(tx: &Tx<'_>, before: &Object) -> Result<Object, Error> {
    require_status(before, &["pending", "requires_action", "succeeded"], "fail")?;
    let mut refund = before.clone();
    refund.set("status", "failed");
    refund.set("failure_reason", "expired_or_canceled_card");
    refund.set("failure_balance_transaction", balance_transactions::record_refund_failure(tx, before)?.id());
    refund.set("pending_reason", Value::Null);
    save_update(tx, before, &refund)?;
    tx.emit("refund.failed", &refund)?;
    Ok(refund)
}

/// Cancels a pending refund.
pub(crate) fn cancel(tx: &Tx<'_>, before: &Object) -> Result<Object, Error> {
    require_status(before, &["pending", "requires_action"], "cancel")?;
    let mut refund = before.clone();
    refund.set("status", "canceled");
    refund.set("pending_reason", Value::Null);
    save_update(tx, before, &refund)?;
    Ok(refund)
}

/// Saves a refund and emits its update under the current and the older event type.
pub(crate) fn save_update(tx: &Tx<'_>, before: &Object, refund: &Object) -> Result<(), Error> {
    tx.save(refund)?;
    update_charge(tx, refund.text("charge"))?;
    let previous = before.previous_attributes(refund);
    tx.emit_change("refund.updated", &previous, refund)?;
    tx.emit_change("charge.refund.updated", &previous, refund)
}

fn check_refundable(charge: &Object, amount: Option<i64>) -> Result<i64, ApiError> {
    let left = charge.int("amount_captured") - charge.int("amount_refunded");
    if charge.text("status") != "succeeded" || !charge.flag("captured") {
        let message = format!("Charge {} cannot be refunded because it was not paid.", charge.id());
        return Err(ApiError::invalid_request(message).with_code("charge_not_refundable"));
    }
    if charge.hidden("charged_back") == true {
        let message = format!("Charge {} has been charged back; cannot issue a refund.", charge.id());
        return Err(ApiError::invalid_request(message).with_code("charge_disputed"));
    }
    if left <= 0 {
        let message = format!("Charge {} has already been refunded.", charge.id());
        return Err(ApiError::invalid_request(message).with_code("charge_already_refunded"));
    }
    match amount {
        None => Ok(left),
        Some(amount) if amount < 1 => Err(ApiError::invalid_request("Invalid positive integer").with_param("amount")),
        Some(amount) if amount > left => {
            let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
            Err(ApiError::invalid_request(message).with_param("amount"))
        }
        Some(amount) => Ok(amount),
    }
}

fn require_status(refund: &Object, statuses: &[&str], step: &str) -> Result<(), ApiError> {
    if statuses.contains(&refund.text("status")) {
        return Ok(());
    }
    let status = refund.text("status");
    Err(ApiError::invalid_request(format!("You cannot {step} this refund because it has a status of {status}.")))
}

fn destination_details(is_card: bool) -> Value {
    if !is_card {
        return json!({ "type": "us_bank_transfer", "us_bank_transfer": { "reference": null } });
    }
    let card =
        json!({ "reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund" });
    json!({ "type": "card", "card": card })
}

/// Stripe learns the reference of a card refund a moment later and emits an update. The test card for failing refunds
/// then fails too.
fn follow_up(tx: &Tx<'_>, before: &Object, card: Option<CardBehavior>) -> Result<(), Error> {
    if before.text("status") != "succeeded" {
        return Ok(());
    }
    let mut refund = before.clone();
    let card_details = json!({
        "reference": "7920110001234567",
        "reference_status": "available",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    });
    refund.set("destination_details", json!({ "type": "card", "card": card_details }));
    save_update(tx, before, &refund)?;
    if card == Some(CardBehavior::RefundFailsLater) {
        fail(tx, &refund)?;
    }
    Ok(())
}

/// Updates the refunded amount of the charge.
fn update_charge(tx: &Tx<'_>, charge: &str) -> Result<Object, Error> {
    let mut charge = tx.load(ObjectType::Charge, charge)?;
    let refunds = tx.all(Query::of(ObjectType::Refund).with("charge", charge.id().to_owned()))?;
    charges::update_refunded_amount(&mut charge, &refunds);
    tx.save(&charge)?;
    Ok(charge)
}
