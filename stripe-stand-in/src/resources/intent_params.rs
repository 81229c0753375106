//! The parameters that payment intents and setup intents share.

use serde_json::json;

use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

/// Reads `automatic_payment_methods`.
pub(crate) fn set_automatic_payment_methods(intent: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    let Some(mut automatic) = params.hash("automatic_payment_methods")? else { return Ok(()) };
    let enabled = automatic.flag("enabled")?.unwrap_or(false);
    let redirects = automatic.choice("allow_redirects", &["always", "never"])?;
    automatic.finish()?;
    let redirects = redirects.unwrap_or_else(|| "always".to_owned());
    intent.set("automatic_payment_methods", json!({ "allow_redirects": redirects, "enabled": enabled }));
    Ok(())
}

/// Reads `customer`, `metadata`, `payment_method_types` and the text parameters in `fields`.
pub(crate) fn apply(tx: &Tx<'_>, intent: &mut Object, params: &mut Params, fields: &[&str]) -> Result<(), Error> {
    if let Some(customer) = params.nullable_text("customer")? {
        if let Some(id) = customer.as_str() {
            tx.load_param(ObjectType::Customer, id, "customer")?;
        }
        intent.set("customer", customer);
    }
    for field in fields {
        intent.set_if_some(field, params.nullable_text(field)?);
    }
    intent.set_if_some("payment_method_types", params.texts("payment_method_types")?);
    if let Some(changes) = params.metadata()? {
        let metadata = merge_metadata(intent.get("metadata"), changes);
        intent.set("metadata", metadata);
    }
    Ok(())
}

/// Refuses a `client_secret` that is not the intent's. `name` is the intent's type in the message.
pub(crate) fn check_client_secret(intent: &Object, params: &mut Params, name: &str) -> Result<(), ApiError> {
    let secret = params.text("client_secret")?;
    if secret.is_none_or(|secret| secret == intent.text("client_secret")) {
        return Ok(());
    }
    let message = format!("The client_secret provided does not match the client_secret associated with this {name}.");
    Err(ApiError::invalid_request(message).with_param("client_secret"))
}
