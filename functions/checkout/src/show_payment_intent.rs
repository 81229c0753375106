//! `GET /checkout/payment-intents/{id}`: how a payment stands. The shop's page calls it after the payment, and it fulfils a payment that
//! succeeded: either this or the webhook comes first and writes the fact, and the other finds it written.

use axum::Json;
use axum::extract::State as FromState;
use serde::Serialize;
use shared::HandlerError;
use shared::domain::PaymentIntentId;
use shared::fulfil::{self, StripeUpdate};
use shared::http::{Caller, PathParameter, Problem, RateLimitedCaller};
use shared::stripe::{self, Ownership, PaymentIntent, PaymentIntentStatus};

use crate::path_id::is_safe_in_path;
use crate::state::State;

/// How a payment stands.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct PaymentIntentResponse {
    /// Stripe's status of the payment intent.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::payment_intent_status"))]
    status: String,
    /// Whether it is paid. Then this call or the webhook has recorded the purchase. It does not say that it is open: a refund or a
    /// dispute may have closed it. Ask for access to learn what is open now.
    fulfilled: bool,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    PathParameter(id): PathParameter,
) -> Result<Json<PaymentIntentResponse>, HandlerError> {
    let intent = find_payment_intent(&state, &caller, id).await?;
    fulfil::apply(&state.fulfil, &StripeUpdate::from_payment_intent(&intent), state.fulfil.store.now()).await?;
    let fulfilled = intent.status == PaymentIntentStatus::Succeeded;
    Ok(Json(PaymentIntentResponse { status: intent.status.as_str().to_owned(), fulfilled }))
}

/// Another learner's payment intent is answered as one that does not exist, and so is the payment of a subscription.
async fn find_payment_intent(state: &State, caller: &Caller, id: String) -> Result<PaymentIntent, HandlerError> {
    let unknown = || Problem::not_found("There is no such payment intent.");
    let id =
        PaymentIntentId::parse(id).ok().filter(|id| id.as_str().starts_with("pi_") && is_safe_in_path(id.as_str()));
    let id = id.ok_or_else(unknown)?;
    let intent = match stripe::retrieve_payment_intent(&state.fulfil.stripe, &id).await {
        Ok(intent) => intent,
        Err(error) if error.is_missing() => return Err(unknown().into()),
        Err(error) => return Err(error.into()),
    };
    match Ownership::from_metadata(&intent.metadata, &state.fulfil.app) {
        Ownership::ThisApp(sale) if sale.user == caller.user => Ok(intent),
        _ => Err(unknown().into()),
    }
}
