//! The shape of a checkout session (<https://docs.stripe.com/api/checkout/sessions/object>).

use serde_json::{Value, json};

use crate::values::object::Object;

/// The `customer_details` of a session.
pub(crate) fn customer_details(email: Option<&str>, name: Option<&str>) -> Value {
    json!({
        "address": null,
        "business_name": null,
        "email": email,
        "individual_name": null,
        "name": name,
        "phone": null,
        "tax_exempt": "none",
        "tax_ids": null,
    })
}

/// Whether the session is in subscription mode.
pub(crate) fn is_subscription_mode(session: &Object) -> bool {
    session.text("mode") == "subscription"
}

/// Whether the subscription begins with a trial.
pub(crate) fn has_trial(session: &Object) -> bool {
    let data = session.hidden("subscription_data");
    data["trial_end"].is_i64() || data["trial_period_days"].is_i64()
}

/// Whether the payer must enter a payment method although nothing is due.
pub(crate) fn always_collects_payment_method(session: &Object) -> bool {
    is_subscription_mode(session) && session.text("payment_method_collection") == "always"
}
