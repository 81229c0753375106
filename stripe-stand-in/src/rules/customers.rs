//! Customers that Checkout creates, and the default payment method of a customer.

use serde_json::Value;

use crate::rules::payments::payment_methods;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::customer;

/// Creates a customer with e-mail address and name, as Checkout does.
pub(crate) fn create_from_checkout(tx: &Tx<'_>, email: Option<&str>, name: Option<&str>) -> Result<Object, Error> {
    let mut customer = customer::blank(tx.now());
    customer.set("email", email);
    customer.set("name", name);
    tx.insert(&customer)?;
    tx.emit("customer.created", &customer)?;
    Ok(customer)
}

/// Gives a customer without an e-mail address the one that the payer has entered, as Checkout does
/// (<https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-customer>).
pub(crate) fn fill_in_email(tx: &Tx<'_>, customer: &str, email: Option<&str>) -> Result<(), Error> {
    let Some(before) = tx.find(ObjectType::Customer, customer)?.filter(|found| found.opt_text("email").is_none())
    else {
        return Ok(());
    };
    let mut customer = before.clone();
    customer.set("email", email);
    tx.save_and_emit("customer.updated", &before, &customer)
}

/// Sets the default payment method for invoices.
pub(crate) fn set_default_method(tx: &Tx<'_>, customer: &mut Object, method_id: &Value) -> Result<(), Error> {
    if let Some(id) = method_id.as_str() {
        payment_methods::require_attached_to(tx, id, customer.id(), "invoice_settings[default_payment_method]")?;
    }
    let mut settings = customer.get("invoice_settings").clone();
    settings["default_payment_method"] = method_id.clone();
    customer.set("invoice_settings", settings);
    Ok(())
}
