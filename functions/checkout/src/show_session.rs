//! `GET /checkout/sessions/{id}`: how a checkout stands. The return page calls it, and it fulfils a complete checkout: either
//! this or the webhook comes first and writes the fact, and the other finds it written.

use axum::Json;
use axum::extract::State as FromState;
use serde::Serialize;
use shared::HandlerError;
use shared::domain::SessionId;
use shared::fulfil::{self, StripeUpdate};
use shared::http::{Caller, PathParameter, Problem, RateLimitedCaller};
use shared::stripe::{self, CheckoutSession, CheckoutSessionPaymentStatus, CheckoutSessionStatus, Ownership};

use crate::path_id::is_safe_in_path;
use crate::state::State;

/// How a checkout stands.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct SessionResponse {
    /// Stripe's status of the session.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::session_status"))]
    status: String,
    /// Stripe's status of its payment.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::payment_status"))]
    payment_status: String,
    /// Whether the checkout is complete and paid, or nothing was to be paid. Then this call or the webhook has recorded the
    /// purchase or subscription. It does not say that it is open: a refund or a dispute may have closed it, and a trial was ended
    /// at once if the learner had another one (`trial_used`). Ask for access to learn what is open now.
    fulfilled: bool,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    PathParameter(id): PathParameter,
) -> Result<Json<SessionResponse>, HandlerError> {
    let session = find_session(&state, &caller, id).await?;
    let complete = session.status == Some(CheckoutSessionStatus::Complete);
    let response = SessionResponse {
        status: session.status.as_ref().map_or("open", CheckoutSessionStatus::as_str).to_owned(),
        payment_status: session.payment_status.as_str().to_owned(),
        fulfilled: complete && session.payment_status != CheckoutSessionPaymentStatus::Unpaid,
    };
    if let Some(update) = StripeUpdate::from_session(session) {
        fulfil::apply(&state.fulfil, &update, state.fulfil.store.now()).await?;
    }
    Ok(Json(response))
}

/// Another learner's session is answered as one that does not exist.
async fn find_session(state: &State, caller: &Caller, id: String) -> Result<CheckoutSession, HandlerError> {
    let unknown = || Problem::not_found("There is no such checkout session.");
    let id = SessionId::parse(id).ok().filter(|id| id.as_str().starts_with("cs_") && is_safe_in_path(id.as_str()));
    let id = id.ok_or_else(unknown)?;
    let session = match stripe::retrieve_session(&state.fulfil.stripe, &id).await {
        Ok(session) => session,
        Err(error) if error.is_missing() => return Err(unknown().into()),
        Err(error) => return Err(error.into()),
    };
    match Ownership::from_metadata(session.metadata.as_ref().unwrap_or(&[].into()), &state.fulfil.app) {
        Ownership::ThisApp(sale) if sale.user == caller.user => Ok(session),
        _ => Err(unknown().into()),
    }
}
