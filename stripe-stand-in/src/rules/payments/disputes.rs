//! Disputes (<https://docs.stripe.com/disputes/how-disputes-work>): inquiries move no money; chargebacks withdraw it
//! immediately and reinstate it when they are won.

use serde_json::{Value, json};

use crate::rules::payments::{balance_transactions, test_cards};
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Every status of a dispute (<https://docs.stripe.com/api/disputes/object#dispute_object-status>).
pub(crate) const STATUSES: &[&str] = &[
    "needs_response",
    "under_review",
    "won",
    "lost",
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
];

/// Stripe's `case_type` of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CaseType {
    /// The money is withdrawn immediately.
    Chargeback,
    /// The bank asks before it withdraws money.
    Inquiry,
}

/// Opens a dispute. A charge can be disputed more than once.
pub(crate) fn open(tx: &Tx<'_>, charge: &Object, case_type: CaseType, reason: &str) -> Result<Object, Error> {
    if charge.text("status") != "succeeded" {
        return Err(ApiError::invalid_request("Only a payment that succeeded can be disputed.").into());
    }
    let is_inquiry = case_type == CaseType::Inquiry;
    let fields = json!({
        "amount": charge.get("amount"),
        "balance_transactions": [],
        "charge": charge.id(),
        "created": tx.now(),
        "currency": charge.get("currency"),
        "enhanced_eligibility_types": [],
        "evidence": empty_evidence(),
        "evidence_details": {
            "due_by": tx.now() + 7 * 24 * 60 * 60,
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
        },
        "is_charge_refundable": is_inquiry,
        "metadata": {},
        "payment_intent": charge.get("payment_intent"),
        "payment_method_details": payment_method_details(charge, is_inquiry),
        "reason": reason,
        "status": if is_inquiry { "warning_needs_response" } else { "needs_response" },
    });
    let mut dispute = Object::new(ObjectType::Dispute, ObjectType::Dispute.new_id(), fields);
    if !is_inquiry {
        withdraw_funds(tx, &mut dispute)?;
    }
    tx.insert(&dispute)?;
    update_charge(tx, charge.id())?;
    tx.emit("charge.dispute.created", &dispute)?;
    if !is_inquiry {
        tx.emit("charge.dispute.funds_withdrawn", &dispute)?;
    }
    Ok(dispute)
}

/// Opens the dispute of a disputing test card.
pub(crate) fn open_for_test_card(tx: &Tx<'_>, charge: &Object, kind: test_cards::CardDispute) -> Result<Object, Error> {
    match kind {
        test_cards::CardDispute::Fraudulent => open(tx, charge, CaseType::Chargeback, "fraudulent"),
        test_cards::CardDispute::NotReceived => open(tx, charge, CaseType::Chargeback, "product_not_received"),
        test_cards::CardDispute::Inquiry => open(tx, charge, CaseType::Inquiry, "fraudulent"),
    }
}

/// Changes the status of a dispute to another of [`STATUSES`], moves the money and emits the events.
pub(crate) fn change_status(tx: &Tx<'_>, before: &Object, status: &str) -> Result<Object, Error> {
    if before.text("status") == status {
        return Err(ApiError::invalid_request(format!("This dispute has the status {status} already.")).into());
    }
    let mut dispute = before.clone();
    dispute.set("status", status);
    let funds_event = match (withholds_funds(before.text("status")), withholds_funds(status)) {
        (false, true) => {
            withdraw_funds(tx, &mut dispute)?;
            Some("charge.dispute.funds_withdrawn")
        }
        (true, false) => {
            add_balance_transaction(&mut dispute, &balance_transactions::record_dispute_reversal(tx, before)?);
            Some("charge.dispute.funds_reinstated")
        }
        _ => None,
    };
    tx.save(&dispute)?;
    update_charge(tx, dispute.text("charge"))?;
    if let Some(event) = funds_event {
        tx.emit(event, &dispute)?;
    }
    if is_closed(status) {
        tx.emit("charge.dispute.closed", &dispute)?;
    } else {
        tx.emit_change("charge.dispute.updated", &before.previous_attributes(&dispute), &dispute)?;
    }
    Ok(dispute)
}

/// Whether the status is final.
pub(crate) fn is_closed(status: &str) -> bool {
    matches!(status, "won" | "lost" | "warning_closed" | "prevented")
}

/// Whether the disputed amount is withdrawn in this status.
fn withholds_funds(status: &str) -> bool {
    matches!(status, "needs_response" | "under_review" | "lost")
}

fn withdraw_funds(tx: &Tx<'_>, dispute: &mut Object) -> Result<(), Error> {
    let entry = balance_transactions::record_dispute(tx, dispute)?;
    add_balance_transaction(dispute, &entry);
    dispute.set("is_charge_refundable", false);
    Ok(())
}

fn add_balance_transaction(dispute: &mut Object, entry: &Object) {
    let mut entries = dispute.get("balance_transactions").as_array().cloned().unwrap_or_default();
    entries.push(entry.to_public_json());
    dispute.set("balance_transactions", entries);
}

/// Marks the charge as disputed. It cannot be refunded while a dispute withholds its money.
fn update_charge(tx: &Tx<'_>, charge: &str) -> Result<(), Error> {
    let mut charge = tx.load(ObjectType::Charge, charge)?;
    let disputes = tx.all(Query::of(ObjectType::Dispute).with("charge", charge.id().to_owned()))?;
    charge.set("disputed", true);
    charge.set_hidden("charged_back", disputes.iter().any(|dispute| withholds_funds(dispute.text("status"))));
    tx.save(&charge)
}

fn payment_method_details(charge: &Object, is_inquiry: bool) -> Value {
    let card = json!({
        "brand": charge.pointer("/payment_method_details/card/brand").as_str().unwrap_or("visa"),
        "case_type": if is_inquiry { "inquiry" } else { "chargeback" },
        "network": charge.pointer("/payment_method_details/card/network").as_str().unwrap_or("visa"),
        "network_reason_code": "10.4",
    });
    json!({ "type": "card", "card": card })
}

/// The evidence fields that a merchant can submit, as text or files.
pub(crate) const EVIDENCE_FIELDS: &[&str] = &[
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

fn empty_evidence() -> Value {
    let mut evidence: serde_json::Map<String, Value> =
        EVIDENCE_FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    evidence.insert("enhanced_evidence".to_owned(), json!({}));
    Value::Object(evidence)
}
