//! The payment intent of an invoice, its invoice payment, and the payment method that is charged.

use serde_json::json;

use crate::rules::payments::payment_intents;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::invoice;

/// Creates the payment intent of an invoice that is being finalized, unless Checkout has already charged one
/// (`paid_by`). Like Stripe's, it has none of the subscription's metadata.
pub(crate) fn create_payment_intent(tx: &Tx<'_>, invoice: &mut Object) -> Result<(), Error> {
    if let Some(mut charged) = tx.find(ObjectType::PaymentIntent, invoice.hidden_text("paid_by"))? {
        return link(tx, invoice, &mut charged);
    }
    let mut intent = payment_intents::blank(tx, invoice.int("amount_due"), invoice.text("currency"));
    intent.set("customer", invoice.get("customer").clone());
    intent.set("description", description(invoice.text("billing_reason")));
    intent.set("setup_future_usage", (!invoice::subscription_id(invoice).is_empty()).then_some("off_session"));
    intent.set_hidden("return_url", invoice.get("hosted_invoice_url").clone());
    tx.insert(&intent)?;
    tx.emit("payment_intent.created", &intent)?;
    link(tx, invoice, &mut intent)
}

/// Links an invoice to its payment intent: a new one, or the one that Checkout has already charged.
fn link(tx: &Tx<'_>, invoice: &mut Object, intent: &mut Object) -> Result<(), Error> {
    intent.set_hidden("invoice", invoice.id());
    tx.save(intent)?;
    invoice.set_hidden("intent", intent.id());
    let fields = json!({
        "amount_paid": null,
        "amount_requested": invoice.get("amount_due"),
        "created": tx.now(),
        "currency": invoice.get("currency"),
        "invoice": invoice.id(),
        "is_default": true,
        "payment": { "payment_intent": intent.id(), "type": "payment_intent" },
        "status": "open",
        "status_transitions": { "canceled_at": null, "paid_at": null },
    });
    tx.insert(&Object::new(ObjectType::InvoicePayment, ObjectType::InvoicePayment.new_id(), fields))
}

fn description(reason: &str) -> &'static str {
    match reason {
        "subscription_create" => "Subscription creation",
        "manual" => "Payment for Invoice",
        _ => "Subscription update",
    }
}

/// The payments of an invoice.
pub(crate) fn payments(tx: &Tx<'_>, invoice: &str) -> Result<Vec<Object>, Error> {
    tx.all(Query::of(ObjectType::InvoicePayment).with("invoice", invoice.to_owned()))
}

/// Marks the payments of an invoice as paid.
pub(crate) fn mark_payments_paid(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    for mut payment in payments(tx, invoice.id())? {
        payment.set("status", "paid");
        payment.set("amount_paid", payment.get("amount_requested").clone());
        payment.set("status_transitions", json!({ "canceled_at": null, "paid_at": tx.now() }));
        tx.save(&payment)?;
        tx.emit("invoice_payment.paid", &payment)?;
    }
    Ok(())
}

/// Cancels the payments and the payment intent of an invoice.
pub(crate) fn cancel_payments(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    for mut payment in payments(tx, invoice.id())? {
        payment.set("status", "canceled");
        payment.set("status_transitions", json!({ "canceled_at": tx.now(), "paid_at": null }));
        tx.save(&payment)?;
    }
    match tx.find(ObjectType::PaymentIntent, invoice.hidden_text("intent"))? {
        Some(mut intent) if intent.text("status").starts_with("requires_") => {
            payment_intents::cancel(tx, &mut intent, Some("void_invoice"))
        }
        _ => Ok(()),
    }
}

/// Stripe's 400 for voiding an invoice whose payment is processing: the money cannot be called back.
pub(crate) fn require_not_processing(tx: &Tx<'_>, invoice: &Object) -> Result<(), Error> {
    match tx.find(ObjectType::PaymentIntent, invoice.hidden_text("intent"))? {
        Some(intent) if intent.text("status") == "processing" => {
            let message = "This invoice cannot be voided because a payment for it is processing.";
            Err(ApiError::invalid_request(message).into())
        }
        _ => Ok(()),
    }
}

/// The payment method that an invoice is charged to: the invoice's, the subscription's, or the customer's.
pub(crate) fn method_of_invoice(tx: &Tx<'_>, invoice: &Object) -> Result<Option<Object>, Error> {
    let subscription = tx.find(ObjectType::Subscription, invoice::subscription_id(invoice))?;
    let customer = tx.find(ObjectType::Customer, invoice.text("customer"))?;
    first_attached_method(tx, Some(invoice), subscription.as_ref(), customer.as_ref())
}

/// The payment method that renewals of a subscription are charged to.
pub(crate) fn method_of_subscription(tx: &Tx<'_>, subscription: &Object) -> Result<Option<Object>, Error> {
    let customer = tx.find(ObjectType::Customer, subscription.text("customer"))?;
    first_attached_method(tx, None, Some(subscription), customer.as_ref())
}

fn first_attached_method(
    tx: &Tx<'_>,
    invoice: Option<&Object>,
    subscription: Option<&Object>,
    customer: Option<&Object>,
) -> Result<Option<Object>, Error> {
    let owners = [
        (invoice, "/default_payment_method"),
        (subscription, "/default_payment_method"),
        (subscription, "/default_source"),
        (customer, "/invoice_settings/default_payment_method"),
        (customer, "/default_source"),
    ];
    for (owner, field) in owners {
        let Some(id) = owner.and_then(|owner| owner.pointer(field).as_str()) else { continue };
        let attached = |method: &Object| customer.is_some_and(|owner| method.text("customer") == owner.id());
        if let Some(method) = tx.find(ObjectType::PaymentMethod, id)?.filter(attached) {
            return Ok(Some(method));
        }
    }
    Ok(None)
}

/// Stripe's error when an invoice is due and there is no payment method.
pub(crate) fn no_payment_method_error() -> ApiError {
    let message = "This customer has no attached payment source or default payment method. Please consider adding a \
        default payment method. For more information, visit \
        https://docs.stripe.com/billing/subscriptions/payment-methods-setting.";
    ApiError::invalid_request(message).with_code("resource_missing")
}
