//! `/v1/payment_intents` (<https://docs.stripe.com/api/payment_intents>).

use serde_json::Value;

use crate::resources::intent_params;
use crate::resources::payment_methods;
use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::checkout::sessions;
use crate::rules::confirmation;
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::payment_intents;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::{Params, merge_metadata};

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/payment_intents", create),
    Route::get("/v1/payment_intents", list),
    Route::get("/v1/payment_intents/{id}", retrieve).allow_client_secret(),
    Route::post("/v1/payment_intents/{id}", update),
    Route::post("/v1/payment_intents/{id}/confirm", confirm).allow_client_secret(),
    Route::post("/v1/payment_intents/{id}/capture", capture),
    Route::post("/v1/payment_intents/{id}/cancel", cancel),
];

/// Parameters that are accepted and ignored.
const IGNORED: &[&str] = &[
    "amount_details",
    "error_on_requires_action",
    "excluded_payment_method_types",
    "mandate_data",
    "off_session",
    "payment_method_configuration",
    "payment_method_options",
    "radar_options",
    "use_stripe_sdk",
];

const TEXT_FIELDS: &[&str] = &[
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let amount = params.amount("amount")?.ok_or_else(|| ApiError::missing_param("amount"))?;
    let currency = params.currency("currency")?.ok_or_else(|| ApiError::missing_param("currency"))?;
    check_amount(amount)?;
    let mut intent = payment_intents::blank(tx, amount, &currency);
    let names_types = params.has("payment_method_types");
    apply(tx, &mut intent, params)?;
    set_capture_method(&mut intent, params)?;
    if !names_types && intent.pointer("/automatic_payment_methods/enabled") == true {
        intent.set("payment_method_types", payment_intents::default_method_types(&currency));
    }
    let confirms = params.flag("confirm")?.unwrap_or(false);
    intent.set_hidden("return_url", params.text("return_url")?);
    let method = payment_methods::read_method(tx, params)?;
    call.finish()?;
    if let Some(method) = &method {
        intent.set("payment_method", method.id());
        intent.set("status", "requires_confirmation");
    }
    tx.insert(&intent)?;
    tx.emit("payment_intent.created", &intent)?;
    match (confirms, method) {
        (false, _) => Ok(ApiResponse::object(&intent)),
        (true, Some(method)) => confirm_with(tx, intent, &method),
        (true, None) => Err(no_payment_method_error().into()),
    }
}

fn check_amount(amount: i64) -> Result<(), ApiError> {
    if amount >= payment_intents::MIN_AMOUNT {
        return Ok(());
    }
    let message = format!("Amount must convert to at least {} cents.", payment_intents::MIN_AMOUNT);
    Err(ApiError::invalid_request(message).with_code("amount_too_small").with_param("amount"))
}

fn set_capture_method(intent: &mut Object, params: &mut Params) -> Result<(), ApiError> {
    let methods = ["automatic", "automatic_async", "manual"];
    intent.set_if_some("capture_method", params.choice("capture_method", &methods)?);
    intent.set_if_some("confirmation_method", params.choice("confirmation_method", &["automatic", "manual"])?);
    intent_params::set_automatic_payment_methods(intent, params)
}

fn apply(tx: &Tx<'_>, intent: &mut Object, params: &mut Params) -> Result<(), Error> {
    intent_params::apply(tx, intent, params, TEXT_FIELDS)?;
    intent.set_if_some("shipping", params.raw("shipping"));
    params.ignore(IGNORED);
    Ok(())
}

fn no_payment_method_error() -> ApiError {
    let message = "You cannot confirm this PaymentIntent because it's missing a payment method. You can either \
        update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a \
        payment method or ConfirmationToken.";
    ApiError::invalid_request(message).with_code("payment_intent_unexpected_state")
}

fn confirm_with(tx: &Tx<'_>, mut intent: Object, method: &Object) -> Result<ApiResponse, Error> {
    match confirmation::pay(tx, &mut intent, method)? {
        Outcome::Declined(api_error) => Ok(ApiResponse::error(&api_error)),
        Outcome::Paid | Outcome::Processing | Outcome::RequiresAction => Ok(ApiResponse::object(&intent)),
    }
}

fn confirm(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut intent = tx.load(ObjectType::PaymentIntent, &call.id)?;
    let params = &mut call.params;
    intent_params::check_client_secret(&intent, params, "PaymentIntent")?;
    let given = payment_methods::read_method(tx, params)?;
    for field in ["receipt_email", "setup_future_usage"] {
        intent.set_if_some(field, params.nullable_text(field)?);
    }
    intent.set_if_some("shipping", params.raw("shipping"));
    if let Some(url) = params.text("return_url")? {
        intent.set_hidden("return_url", url);
    }
    intent.set_hidden(payment_intents::USES_STRIPE_JS, params.flag("use_stripe_sdk")?.unwrap_or(false));
    params.ignore(IGNORED);
    params.ignore(&["expected_payment_method_type", "payment_method_types"]);
    call.finish()?;
    let method = match (given, intent.opt_text("payment_method")) {
        (Some(method), _) => method,
        (None, Some(id)) => tx.load(ObjectType::PaymentMethod, id)?,
        (None, None) => return Err(no_payment_method_error().into()),
    };
    check_method_type(&intent, &method)?;
    confirm_with(tx, intent, &method)
}

/// Refuses a payment method whose type is not one of the intent's `payment_method_types`.
fn check_method_type(intent: &Object, method: &Object) -> Result<(), ApiError> {
    let allowed: Vec<&str> =
        intent.get("payment_method_types").as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let kind = method.text("type");
    if allowed.contains(&kind) {
        return Ok(());
    }
    let message = format!(
        "The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent. Please attach a PaymentMethod of \
         one of the following types: {}. Alternatively update the allowed payment_method_types for this PaymentIntent \
         to include \"{kind}\".",
        allowed.join(", ")
    );
    Err(ApiError::invalid_request(message).with_param("payment_method"))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut intent = tx.load(ObjectType::PaymentIntent, &call.id)?;
    let changeable = !matches!(intent.text("status"), "succeeded" | "canceled" | "processing");
    if let Some(amount) = call.params.amount("amount")? {
        check_amount(amount)?;
        if !changeable {
            return Err(payment_intents::unexpected_state(&intent, "change the amount of").into());
        }
        intent.set("amount", amount);
    }
    intent.set_if_some("currency", call.params.currency("currency")?);
    apply(tx, &mut intent, &mut call.params)?;
    if let Some(method) = payment_methods::read_method(tx, &mut call.params)? {
        intent.set("payment_method", method.id());
        intent.set("status", "requires_confirmation");
    }
    call.finish()?;
    // Stripe emits no event when parameters of a payment intent change.
    tx.save(&intent)?;
    Ok(ApiResponse::object(&intent))
}

fn capture(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut intent = tx.load(ObjectType::PaymentIntent, &call.id)?;
    let capturable = intent.int("amount_capturable");
    let amount = call.params.amount("amount_to_capture")?.unwrap_or(capturable);
    if let Some(changes) = call.params.metadata()? {
        let metadata = merge_metadata(intent.get("metadata"), changes);
        intent.set("metadata", metadata);
    }
    call.params.ignore(&["final_capture", "statement_descriptor", "statement_descriptor_suffix"]);
    call.finish()?;
    if intent.text("status") != "requires_capture" {
        return Err(payment_intents::unexpected_state(&intent, "capture").into());
    }
    if amount < 1 || amount > capturable {
        let message = format!("The amount to capture must be between 1 and {capturable}.");
        return Err(ApiError::invalid_request(message).with_param("amount_to_capture").into());
    }
    confirmation::capture(tx, &mut intent, amount)?;
    Ok(ApiResponse::object(&intent))
}

fn cancel(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut intent = tx.load(ObjectType::PaymentIntent, &call.id)?;
    let reasons = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];
    let reason = call.params.choice("cancellation_reason", &reasons)?;
    call.finish()?;
    if sessions::is_open(tx, intent.hidden_text("session"))? {
        let message = "You cannot cancel this PaymentIntent because it belongs to an open Checkout Session. Expire \
            the Checkout Session instead.";
        return Err(ApiError::invalid_request(message).with_code("payment_intent_unexpected_state").into());
    }
    payment_intents::cancel(tx, &mut intent, reason.as_deref())?;
    Ok(ApiResponse::object(&intent))
}

fn retrieve(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let intent = tx.load(ObjectType::PaymentIntent, &call.id)?;
    intent_params::check_client_secret(&intent, &mut call.params, "PaymentIntent")?;
    request::retrieve(tx, ObjectType::PaymentIntent, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::PaymentIntent).filter(&mut call.params, &["customer"])?;
    let query = query.filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
