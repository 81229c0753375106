//! Signs a delivery in a file for a moment: a signature is valid for five minutes only.

use jiff::Timestamp;
use serde_json::Value;

/// The signing secret of the files in `events/webhook`; it protects nothing.
pub(crate) const DEVELOPMENT_SECRET: &str = "whsec_tuition_development";

/// Puts the `Stripe-Signature` of `at` into a function URL's event.
pub(crate) fn sign(event: &mut Value, secret: &str, at: Timestamp) {
    let body = event["body"].as_str().unwrap_or_default();
    event["headers"]["stripe-signature"] = Value::from(shared::stripe::sign(secret, body.as_bytes(), at));
}
