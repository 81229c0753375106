//! `POST /checkout/sessions`: a hosted payment page for one product or plan, at most one open per learner and scope.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use shared::HandlerError;
use shared::domain::SessionId;
use shared::http::{Caller, JsonBody};

use crate::credit::CreditResponse;
use crate::problems::checkout_in_progress;
use crate::referral::{ReferralResponse, find_referrer};
use crate::slot::{self, Opened};
use crate::state::State;
use crate::stripe_checkout::OpenCheckout;
use crate::stripe_session::OpenSession;
use crate::validated_checkout::{CreateSessionRequest, ValidatedCheckout};

/// An open checkout.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct CreateSessionResponse {
    session_id: SessionId,
    /// Stripe's payment page.
    checkout_url: String,
    /// Until when the page can be used.
    expires_at: Timestamp,
    /// What became of the `referral_code`; `null` if there was none.
    referral: Option<ReferralResponse>,
    /// What became of the learner's credit; `null` if it was not to be used.
    credit: Option<CreditResponse>,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    caller: Caller,
    JsonBody(mut request): JsonBody<CreateSessionRequest>,
) -> Result<(StatusCode, Json<CreateSessionResponse>), HandlerError> {
    let catalog = state.fulfil.store.catalog().await?;
    let code = request.referral_code.take();
    let checkout = ValidatedCheckout::validate(request, &catalog, &state)?;
    let (referrer, referral) = find_referrer(&state.fulfil.store, &caller, code.as_deref()).await?;
    let checkout = ValidatedCheckout { referrer, ..checkout };
    let Opened { checkout: opened, is_new, credit } = slot::open_checkout(&state, &caller, &catalog, &checkout).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    // The fingerprint tells sessions and payment intents apart.
    let OpenCheckout::Session(session) = opened else { return Err(checkout_in_progress().into()) };
    let OpenSession { id, url, open_until } = session;
    let response =
        CreateSessionResponse { session_id: id, checkout_url: url, expires_at: open_until, referral, credit };
    Ok((status, Json(response)))
}
