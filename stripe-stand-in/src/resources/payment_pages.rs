//! `/v1/payment_pages`: the undocumented API of Stripe's hosted page. `stripe trigger` pays sessions through it, and
//! only what that needs is here.

use serde_json::json;

use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::rules::checkout::sessions::{self, Payer};
use crate::rules::payments::outcome::Outcome;
use crate::rules::payments::payment_methods;
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

pub(crate) const ROUTES: &[Route] = &[
    Route::get("/v1/payment_pages/{id}", retrieve).allow_publishable_key(),
    Route::post("/v1/payment_pages/{id}/confirm", confirm).allow_publishable_key(),
];

fn page_response(session: &Object) -> ApiResponse {
    let body = json!({
        "id": session.id().replacen("cs_test_", "ppage_", 1),
        "object": "payment_page",
        "amount_total": session.get("amount_total"),
        "currency": session.get("currency"),
        "customer": session.get("customer"),
        "customer_email": session.get("customer_email"),
        "livemode": false,
        "mode": session.get("mode"),
        "payment_intent": session.get("payment_intent"),
        "payment_method_types": session.get("payment_method_types"),
        "payment_status": session.get("payment_status"),
        "return_url": session.get("success_url"),
        "session_id": session.id(),
        "state": if session.text("status") == "open" { "active" } else { "inactive" },
        "status": session.get("status"),
        "success_url": session.get("success_url"),
        "url": session.get("url"),
    });
    ApiResponse { status: 200, body }
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let session = tx.load(ObjectType::CheckoutSession, &call.id)?;
    call.finish()?;
    Ok(page_response(&session))
}

fn confirm(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut session = tx.load(ObjectType::CheckoutSession, &call.id)?;
    let method = call.params.required_text("payment_method")?;
    let expected = call.params.amount("expected_amount")?;
    call.params.ignore(&["eid", "key", "expected_payment_method_type", "return_url"]);
    call.finish()?;
    if expected.is_some_and(|expected| expected != session.int("amount_total")) {
        let message = "The amount of the Checkout Session has changed. Please refresh the page.";
        let api_error =
            ApiError::invalid_request(message).with_code("checkout_amount_mismatch").with_param("expected_amount");
        return Err(api_error.into());
    }
    let method = payment_methods::resolve(tx, &method, "payment_method")?;
    let email = method.pointer("/billing_details/email").as_str();
    let payer = Payer { email, name: method.pointer("/billing_details/name").as_str() };
    let outcome = sessions::pay(tx, &mut session, &payer, || Ok(method.clone()))?;
    match outcome {
        Some(Outcome::Declined(api_error)) => Ok(ApiResponse::error(&api_error)),
        _ => Ok(page_response(&tx.load(ObjectType::CheckoutSession, session.id())?)),
    }
}
