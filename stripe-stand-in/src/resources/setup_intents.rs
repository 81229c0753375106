//! `/v1/setup_intents` (<https://docs.stripe.com/api/setup_intents>).

use crate::resources::intent_params;
use crate::resources::payment_methods;
use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::setup_intents;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::Params;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/setup_intents", create),
    Route::get("/v1/setup_intents", list),
    Route::get("/v1/setup_intents/{id}", retrieve).allow_client_secret(),
    Route::post("/v1/setup_intents/{id}", update),
    Route::post("/v1/setup_intents/{id}/confirm", confirm).allow_client_secret(),
    Route::post("/v1/setup_intents/{id}/cancel", cancel),
];

/// Parameters that are accepted and ignored.
const IGNORED: &[&str] = &[
    "excluded_payment_method_types",
    "flow_directions",
    "mandate_data",
    "payment_method_configuration",
    "payment_method_options",
    "use_stripe_sdk",
];

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let params = &mut call.params;
    let mut intent = setup_intents::blank(tx);
    apply(tx, &mut intent, params)?;
    intent.set_if_some("usage", params.choice("usage", &["off_session", "on_session"])?);
    intent_params::set_automatic_payment_methods(&mut intent, params)?;
    let confirms = params.flag("confirm")?.unwrap_or(false);
    intent.set_hidden("return_url", params.text("return_url")?);
    let method = payment_methods::read_method(tx, params)?;
    call.finish()?;
    if let Some(method) = &method {
        intent.set("payment_method", method.id());
        intent.set("status", "requires_confirmation");
    }
    tx.insert(&intent)?;
    tx.emit("setup_intent.created", &intent)?;
    match (confirms, method) {
        (false, _) => Ok(ApiResponse::object(&intent)),
        (true, Some(method)) => confirm_with(tx, intent, &method),
        (true, None) => Err(setup_intents::no_payment_method_error().into()),
    }
}

fn apply(tx: &Tx<'_>, intent: &mut Object, params: &mut Params) -> Result<(), Error> {
    intent_params::apply(tx, intent, params, &["description"])?;
    params.ignore(IGNORED);
    Ok(())
}

fn confirm_with(tx: &Tx<'_>, mut intent: Object, method: &Object) -> Result<ApiResponse, Error> {
    match setup_intents::confirm(tx, &mut intent, method)? {
        Outcome::Declined(api_error) => Ok(ApiResponse::error(&api_error)),
        Outcome::Paid | Outcome::Processing | Outcome::RequiresAction => Ok(ApiResponse::object(&intent)),
    }
}

fn confirm(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut intent = tx.load(ObjectType::SetupIntent, &call.id)?;
    let params = &mut call.params;
    intent_params::check_client_secret(&intent, params, "SetupIntent")?;
    let given = payment_methods::read_method(tx, params)?;
    if let Some(url) = params.text("return_url")? {
        intent.set_hidden("return_url", url);
    }
    params.ignore(IGNORED);
    call.finish()?;
    let method = match (given, intent.opt_text("payment_method")) {
        (Some(method), _) => method,
        (None, Some(id)) => tx.load(ObjectType::PaymentMethod, id)?,
        (None, None) => return Err(setup_intents::no_payment_method_error().into()),
    };
    confirm_with(tx, intent, &method)
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut intent = tx.load(ObjectType::SetupIntent, &call.id)?;
    apply(tx, &mut intent, &mut call.params)?;
    if let Some(method) = payment_methods::read_method(tx, &mut call.params)? {
        if !setup_intents::is_unfinished(&intent) {
            return Err(setup_intents::unexpected_state(&intent, "change the payment method of").into());
        }
        intent.set("payment_method", method.id());
        intent.set("status", "requires_confirmation");
    }
    call.finish()?;
    // Stripe emits no event when parameters of a setup intent change.
    tx.save(&intent)?;
    Ok(ApiResponse::object(&intent))
}

fn cancel(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut intent = tx.load(ObjectType::SetupIntent, &call.id)?;
    let reasons = ["abandoned", "duplicate", "requested_by_customer"];
    let reason = call.params.choice("cancellation_reason", &reasons)?;
    call.finish()?;
    setup_intents::cancel(tx, &mut intent, reason.as_deref())?;
    Ok(ApiResponse::object(&intent))
}

fn retrieve(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let intent = tx.load(ObjectType::SetupIntent, &call.id)?;
    intent_params::check_client_secret(&intent, &mut call.params, "SetupIntent")?;
    request::retrieve(tx, ObjectType::SetupIntent, call)
}

fn list(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let query = Query::of(ObjectType::SetupIntent).filter(&mut call.params, &["customer", "payment_method"])?;
    let query = query.filter_created(&mut call.params)?;
    request::list(tx, query, call)
}
