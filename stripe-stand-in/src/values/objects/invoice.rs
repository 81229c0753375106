//! The shape of an invoice (<https://docs.stripe.com/api/invoices/object>).

use serde_json::{Value, json};

use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// The lines of an invoice.
pub(crate) fn lines(invoice: &Object) -> &[Value] {
    invoice.pointer("/lines/data").as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The JSON path of an invoice's subscription.
pub(crate) const SUBSCRIPTION_PATH: &str = "parent.subscription_details.subscription";

/// The id of an invoice's subscription. Empty without one.
pub(crate) fn subscription_id(invoice: &Object) -> &str {
    invoice.pointer("/parent/subscription_details/subscription").as_str().unwrap_or_default()
}

/// A draft without lines.
pub(crate) fn blank(now: i64, customer: &Object, currency: &str) -> Object {
    let no_liability = json!({
        "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null,
    });
    let fields = json!({
        "account_country": "US",
        "account_name": "Stripe stand-in",
        "account_tax_ids": null,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": null,
        "attempt_count": 0,
        "attempted": false,
        "auto_advance": true,
        "automatic_tax": no_liability,
        "automatically_finalizes_at": null,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "custom_fields": null,
        "customer": customer.id(),
        "customer_account": null,
        "customer_address": customer.get("address"),
        "customer_email": customer.get("email"),
        "customer_name": customer.get("name"),
        "customer_phone": customer.get("phone"),
        "customer_shipping": customer.get("shipping"),
        "customer_tax_exempt": customer.get("tax_exempt"),
        "customer_tax_ids": [],
        "default_payment_method": null,
        "default_source": null,
        "default_tax_rates": [],
        "description": null,
        "discounts": [],
        "due_date": null,
        "effective_at": null,
        "ending_balance": null,
        "footer": null,
        "from_invoice": null,
        "hosted_invoice_url": null,
        "invoice_pdf": null,
        "issuer": { "type": "self" },
        "last_finalization_error": null,
        "latest_revision": null,
        "lines": null,
        "metadata": {},
        "next_payment_attempt": null,
        "number": null,
        "on_behalf_of": null,
        "parent": null,
        "payment_settings": {
            "default_mandate": null, "payment_method_options": null, "payment_method_types": null,
        },
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": null,
        "rendering": null,
        "shipping_cost": null,
        "shipping_details": null,
        "starting_balance": customer.get("balance"),
        "statement_descriptor": null,
        "status": "draft",
        "status_details": null,
        "status_transitions": {
            "finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null,
        },
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": customer.get("test_clock"),
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": now,
    });
    Object::new(ObjectType::Invoice, ObjectType::Invoice.new_id(), fields)
}
