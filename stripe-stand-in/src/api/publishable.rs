//! What Stripe shows to a publishable key: the fields that its reference marks as "retrievable with publishable key"
//! (<https://docs.stripe.com/api/payment_intents/object>). Everybody who opens the merchant's page has such a key.

use serde_json::Value;

use crate::values::error::Error;

const PAYMENT_INTENT: &[&str] = &[
    "amount",
    "amount_details",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "id",
    "last_payment_error",
    "livemode",
    "next_action",
    "object",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "source",
    "status",
];

const SETUP_INTENT: &[&str] = &[
    "automatic_payment_methods",
    "cancellation_reason",
    "client_secret",
    "created",
    "description",
    "id",
    "last_setup_error",
    "livemode",
    "next_action",
    "object",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "status",
    "usage",
];

const PAYMENT_METHOD: &[&str] = &[
    "allow_redisplay",
    "bacs_debit",
    "billing_details",
    "card",
    "created",
    "customer_balance",
    "id",
    "livemode",
    "object",
    "sepa_debit",
    "type",
    "us_bank_account",
];

/// Removes the fields that a publishable key does not see, in the object of a response and in those that it contains,
/// such as the payment intent of an error.
pub(super) fn limit(body: &mut Value) {
    let Value::Object(object) = body else { return };
    let visible = match object.get("object").and_then(Value::as_str) {
        Some("payment_intent") => Some(PAYMENT_INTENT),
        Some("setup_intent") => Some(SETUP_INTENT),
        Some("payment_method") => Some(PAYMENT_METHOD),
        _ => None,
    };
    if let Some(visible) = visible {
        object.retain(|field, _| visible.contains(&field.as_str()));
    }
    // With a fingerprint, payers who use the same card or account could be recognized.
    object.remove("fingerprint");
    object.values_mut().for_each(limit);
}

/// The same for the objects that an error contains.
pub(super) fn limit_error(error: Error) -> Error {
    match error {
        Error::Api(mut api_error) => {
            api_error.extra.values_mut().for_each(limit);
            Error::Api(api_error)
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::limit;

    #[test]
    fn objects_in_objects_are_limited_too() {
        let intent = json!({ "object": "payment_intent", "id": "pi_1", "customer": "cus_1", "metadata": { "a": "b" } });
        let card = json!({ "last4": "4242", "fingerprint": "f" });
        let method = json!({ "object": "payment_method", "id": "pm_1", "metadata": {}, "card": card });
        let mut body =
            json!({ "error": { "code": "card_declined", "payment_intent": intent, "payment_method": method } });
        limit(&mut body);
        let intent = json!({ "object": "payment_intent", "id": "pi_1" });
        let method = json!({ "object": "payment_method", "id": "pm_1", "card": { "last4": "4242" } });
        assert_eq!(
            body,
            json!({ "error": { "code": "card_declined", "payment_intent": intent, "payment_method": method } })
        );
    }
}
