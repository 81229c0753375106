//! The shape of a customer (<https://docs.stripe.com/api/customers/object>).

use serde_json::json;

use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};

pub(crate) fn blank(now: i64) -> Object {
    let fields = json!({
        "address": null,
        "balance": 0,
        "created": now,
        "currency": null,
        "customer_account": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": null,
        "invoice_prefix": object_type::random_alphanumeric(8).to_uppercase(),
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    });
    Object::new(ObjectType::Customer, ObjectType::Customer.new_id(), fields)
}

/// A rough check of an e-mail address.
pub(crate) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    let plain = !text.chars().any(char::is_whitespace) && text.len() <= 512;
    plain && parts.is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
}
