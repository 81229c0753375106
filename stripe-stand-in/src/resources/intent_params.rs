//! The parameters that payment intents and setup intents share.

use serde_json::json;

use crate::state::transaction::Tx;
use crate::values::error::{Error, Refusal};
use crate::values::object::Object;
use crate::values::object_type::Kind;
use crate::values::params::{Params, merged};

/// `automatic_payment_methods`.
pub(crate) fn set_automatic_payment_methods(intent: &mut Object, params: &mut Params) -> Result<(), Refusal> {
    let Some(mut automatic) = params.hash("automatic_payment_methods")? else { return Ok(()) };
    let enabled = automatic.flag("enabled")?.unwrap_or(false);
    let redirects = automatic.choice("allow_redirects", &["always", "never"])?;
    automatic.finish()?;
    let redirects = redirects.unwrap_or_else(|| "always".to_owned());
    intent.set("automatic_payment_methods", json!({ "allow_redirects": redirects, "enabled": enabled }));
    Ok(())
}

/// `customer`, `metadata`, `payment_method_types` and the texts of `fields`.
pub(crate) fn apply(tx: &Tx<'_>, intent: &mut Object, params: &mut Params, fields: &[&str]) -> Result<(), Error> {
    if let Some(customer) = params.nullable("customer")? {
        if let Some(id) = customer.as_str() {
            tx.load_param(Kind::Customer, id, "customer")?;
        }
        intent.set("customer", customer);
    }
    for field in fields {
        intent.set_if(field, params.nullable(field)?);
    }
    intent.set_if("payment_method_types", params.texts("payment_method_types")?);
    if let Some(changes) = params.metadata()? {
        let metadata = merged(intent.get("metadata"), changes);
        intent.set("metadata", metadata);
    }
    Ok(())
}

/// Refuses another `client_secret` than the intent's; `name` is what Stripe calls the intent.
pub(crate) fn check_client_secret(intent: &Object, params: &mut Params, name: &str) -> Result<(), Refusal> {
    let secret = params.text("client_secret")?;
    if secret.is_none_or(|secret| secret == intent.text("client_secret")) {
        return Ok(());
    }
    let message = format!("The client_secret provided does not match the client_secret associated with this {name}.");
    Err(Refusal::invalid(message).param("client_secret"))
}
