//! The parameters of a checkout session (<https://docs.stripe.com/api/checkout/sessions/create>), in payment mode or
//! subscription mode.

use serde_json::{Value, json};

use crate::resources;
use crate::resources::{customers, subscription_params};
use crate::rules::billing::planned_change::TrialEnd;
use crate::rules::checkout;
use crate::rules::checkout::discounts;
use crate::rules::payments::payment_intents;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::objects::checkout_session;
use crate::values::params::{Params, merge_metadata};

const HALF_HOUR: i64 = 30 * 60;

const DAY: i64 = 24 * 60 * 60;

/// Parameters that are accepted and ignored.
const IGNORED: &[&str] = &[
    "adaptive_pricing",
    "after_expiration",
    "automatic_tax",
    "branding_settings",
    "consent_collection",
    "custom_fields",
    "custom_text",
    "customer_update",
    "excluded_payment_method_types",
    "invoice_creation",
    "name_collection",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "permissions",
    "phone_number_collection",
    "saved_payment_method_options",
    "shipping_address_collection",
    "shipping_options",
    "tax_id_collection",
    "wallet_options",
];

/// Reads every parameter into `session`, a blank session.
pub(crate) fn read(tx: &Tx<'_>, session: &mut Object, mut params: Params) -> Result<(), Error> {
    read_mode(session, &mut params)?;
    read_urls(session, &mut params)?;
    read_customer(tx, session, &mut params)?;
    read_texts(session, &mut params)?;
    let now = tx.now();
    let expires_at = params.integer("expires_at")?.unwrap_or(now + DAY);
    // Stripe allows a minute for clocks that differ.
    if !(now + HALF_HOUR - 60..=now + DAY + 60).contains(&expires_at) {
        let message =
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.";
        return Err(params.invalid("expires_at", message).into());
    }
    session.set("expires_at", expires_at);
    read_mode_data(tx, session, &mut params)?;
    let discounts = params.hashes("discounts")?;
    session.set_if_some("allow_promotion_codes", params.flag("allow_promotion_codes")?);
    let currency = params.currency("currency")?;
    let Some(items) = params.hashes("line_items")?.filter(|items| !items.is_empty()) else {
        return Err(ApiError::missing_param("line_items").into());
    };
    params.ignore(IGNORED);
    params.finish()?;
    let lines = resources::line_items::read_line_items(tx, items, currency, session.text("mode"))?;
    session.set("currency", lines.currency.as_str());
    if session.get("payment_method_types").is_null() {
        session.set("payment_method_types", payment_intents::default_method_types(&lines.currency));
    }
    let mut items = lines.items;
    if checkout_session::has_trial(session) {
        checkout::line_items::make_free(&mut items);
    }
    session.set_hidden("lines", items);
    let discount = discounts.map(|discounts| discounts::read_for_session(tx, session, discounts)).transpose()?;
    discounts::set_amounts(session, discount.as_ref())?;
    check_total(session)
}

fn read_mode(session: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    let mode = params.choice("mode", &["payment", "setup", "subscription"])?;
    let mode = mode.ok_or_else(|| ApiError::missing_param("mode"))?;
    if mode == "setup" {
        return Err(params.invalid("mode", "The Stripe stand-in has no `setup` mode."));
    }
    session.set("mode", mode);
    let ui_modes = ["hosted_page", "hosted", "embedded_page", "elements", "form"];
    match params.choice("ui_mode", &ui_modes)?.as_deref() {
        None | Some("hosted_page" | "hosted") => Ok(()),
        Some(_) => Err(params.invalid("ui_mode", "The Stripe stand-in has the hosted page only.")),
    }
}

fn read_urls(session: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    for field in ["success_url", "cancel_url"] {
        let url = params.nullable_text(field)?.unwrap_or_default();
        if let Some(text) = url.as_str()
            && !text.contains("://")
        {
            let message = "Not a valid URL: An explicit scheme (such as https) must be provided.";
            return Err(params.invalid(field, message).with_code("url_invalid"));
        }
        session.set(field, url);
    }
    if session.get("success_url").is_null() {
        return Err(ApiError::missing_param("success_url"));
    }
    Ok(())
}

fn read_customer(tx: &Tx<'_>, session: &mut Object, params: &mut Params) -> Result<(), Error> {
    let customer = params.text("customer")?;
    let email = params.nullable_text("customer_email")?.unwrap_or_default();
    let creation = params.choice("customer_creation", &["always", "if_required"])?;
    customers::check_email(params, "customer_email", &email)?;
    let is_subscription = session.text("mode") == "subscription";
    if is_subscription && creation.is_some() {
        let message = "`customer_creation` can only be used in `payment` mode.";
        return Err(params.invalid("customer_creation", message).into());
    }
    let Some(id) = customer else {
        let default_creation = if is_subscription { "always" } else { "if_required" };
        session.set("customer_creation", creation.unwrap_or_else(|| default_creation.to_owned()));
        session
            .set("customer_details", email.as_str().map(|email| checkout_session::customer_details(Some(email), None)));
        session.set("customer_email", email);
        return Ok(());
    };
    for (discount, name) in [(email.is_string(), "customer_email"), (creation.is_some(), "customer_creation")] {
        if discount {
            let message = format!("You may only specify one of these parameters: customer, {name}.");
            return Err(params.invalid("customer", &message).into());
        }
    }
    let customer = tx.load_param(ObjectType::Customer, &id, "customer")?;
    session.set(
        "customer_details",
        checkout_session::customer_details(customer.opt_text("email"), customer.opt_text("name")),
    );
    session.set("customer", id);
    Ok(())
}

fn read_texts(session: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    session.set_if_some("client_reference_id", params.nullable_text("client_reference_id")?);
    session.set_if_some("locale", params.nullable_text("locale")?);
    session.set_if_some("origin_context", params.choice("origin_context", &["web", "mobile_app"])?);
    session.set_if_some("integration_identifier", params.nullable_text("integration_identifier")?);
    session.set_if_some("submit_type", params.choice("submit_type", &["auto", "book", "donate", "pay", "subscribe"])?);
    let address = params.choice("billing_address_collection", &["auto", "required"])?;
    session.set_if_some("billing_address_collection", address);
    let collection = params.choice("payment_method_collection", &["always", "if_required"])?;
    if session.text("mode") == "subscription" {
        session.set("payment_method_collection", collection.unwrap_or_else(|| "always".to_owned()));
    } else if collection.is_some() {
        let message = "`payment_method_collection` can only be used in `subscription` mode.";
        return Err(params.invalid("payment_method_collection", message));
    }
    session.set_if_some("payment_method_types", params.texts("payment_method_types")?);
    if let Some(changes) = params.metadata()? {
        session.set("metadata", merge_metadata(&Value::Null, changes));
    }
    Ok(())
}

/// Reads `payment_intent_data` or `subscription_data`, depending on the mode.
fn read_mode_data(tx: &Tx<'_>, session: &mut Object, params: &mut Params) -> Result<(), Error> {
    let is_subscription = session.text("mode") == "subscription";
    let (mode_data, other_data) = match is_subscription {
        true => ("subscription_data", "payment_intent_data"),
        false => ("payment_intent_data", "subscription_data"),
    };
    if params.has(other_data) {
        let mode = session.text("mode");
        return Err(params.invalid(other_data, &format!("You can not pass `{other_data}` in `{mode}` mode.")).into());
    }
    let Some(data) = params.hash(mode_data)? else {
        return Ok(());
    };
    let data = if is_subscription { read_subscription_data(tx, data)? } else { read_intent_data(data)? };
    session.set_hidden(mode_data, data);
    Ok(())
}

/// Reads `subscription_data`.
fn read_subscription_data(tx: &Tx<'_>, mut params: Params) -> Result<Value, Error> {
    let trial_end = match subscription_params::read_trial_end(tx, &mut params)? {
        Some(TrialEnd::At(time)) => Some(time),
        Some(TrialEnd::Now) => return Err(params.invalid("trial_end", "Invalid integer: now").into()),
        None => None,
    };
    let trial_days = subscription_params::read_trial_days(&mut params)?;
    if trial_end.is_some() && trial_days.is_some() {
        let message = "You may only specify one of these parameters: trial_end, trial_period_days.";
        return Err(params.invalid("trial_end", message).into());
    }
    let data = json!({
        "description": params.nullable_text("description")?,
        "metadata": merge_metadata(&Value::Null, params.metadata()?.unwrap_or_default()),
        "trial_end": trial_end,
        "trial_period_days": trial_days,
        "trial_settings": params.hash("trial_settings")?.map(subscription_params::read_trial_settings).transpose()?,
    });
    params.ignore(&["billing_mode", "default_tax_rates", "invoice_settings", "proration_behavior"]);
    params.finish()?;
    Ok(data)
}

/// Reads `payment_intent_data`.
fn read_intent_data(mut params: Params) -> Result<Value, ApiError> {
    let data = json!({
        "capture_method": params.choice("capture_method", &["automatic", "automatic_async", "manual"])?,
        "description": params.nullable_text("description")?,
        "metadata": merge_metadata(&Value::Null, params.metadata()?.unwrap_or_default()),
        "receipt_email": params.nullable_text("receipt_email")?,
        "setup_future_usage": params.choice("setup_future_usage", &["on_session", "off_session"])?,
        "shipping": params.raw("shipping"),
        "statement_descriptor": params.nullable_text("statement_descriptor")?,
        "statement_descriptor_suffix": params.nullable_text("statement_descriptor_suffix")?,
        "transfer_group": params.nullable_text("transfer_group")?,
    });
    params.finish()?;
    Ok(data)
}

fn check_total(session: &Object) -> Result<(), Error> {
    let total = session.int("amount_total");
    if (1..payment_intents::MIN_AMOUNT).contains(&total) {
        let currency = session.text("currency");
        let message = format!(
            "The Checkout Session's total amount due must add up to at least {} {currency}.",
            payment_intents::MIN_AMOUNT
        );
        return Err(ApiError::invalid_request(message).with_code("amount_too_small").into());
    }
    Ok(())
}
