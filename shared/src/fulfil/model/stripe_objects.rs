//! Stripe's objects of a purchase, as Stripe sends them.

use serde_json::{Value, json};

use crate::stripe::{StripeDispute, StripeRefund};

/// What was charged, in minor units.
pub(super) const CHARGED: i64 = 1_000;

/// A checkout session.
pub(super) fn session(status: &str, is_paid: bool) -> Value {
    json!({
        "id": "cs_1", "object": "checkout.session", "status": status,
        "payment_status": if is_paid { "paid" } else { "unpaid" },
        "payment_intent": (status == "complete").then_some("pi_1"),
        "amount_total": CHARGED, "currency": "usd", "created": 1_790_000_000, "expires_at": 1_790_086_400,
        "automatic_tax": {"enabled": false}, "custom_fields": [], "custom_text": {}, "livemode": false,
        "mode": "payment", "payment_method_types": ["card"], "shipping_options": [], "metadata": {},
    })
}

/// A payment intent.
pub(super) fn payment_intent(status: &str) -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "status": status, "amount": CHARGED,
        "amount_received": if status == "succeeded" { CHARGED } else { 0 }, "amount_capturable": 0,
        "capture_method": "automatic_async", "confirmation_method": "automatic", "created": 1_790_000_001,
        "currency": "usd", "livemode": false, "metadata": {}, "payment_method_types": ["card"],
        "next_action": (status == "requires_action").then(|| json!({"type": "use_stripe_sdk"})),
    })
}

/// A refund, as Stripe lists it.
pub(super) fn refund(index: usize, amount: i64, status: &str) -> StripeRefund {
    typed(&json!({
        "id": format!("re_{index}"), "amount": amount, "status": status, "created": 1_790_000_000, "currency": "usd",
    }))
}

/// A dispute, as Stripe lists it.
pub(super) fn dispute(index: usize, status: &str) -> StripeDispute {
    typed(&json!({
        "id": format!("dp_{index}"), "status": status, "amount": CHARGED, "balance_transactions": [],
        "charge": "ch_1", "created": 1_790_000_000, "currency": "usd", "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {"enhanced_eligibility": {}, "has_evidence": false, "past_due": false,
            "submission_count": 0},
        "is_charge_refundable": false, "livemode": false, "metadata": {}, "reason": "general",
    }))
}

pub(super) fn typed<T: miniserde::Deserialize>(object: &Value) -> T {
    miniserde::json::from_str(&object.to_string()).expect("an object of the pinned version")
}
