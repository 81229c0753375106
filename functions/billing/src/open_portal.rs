//! `POST /billing/portal`: a visit to Stripe's customer portal.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::HandlerError;
use shared::http::{Caller, OptionalJsonBody, Problem, RateLimitedCaller};
use shared::stripe::{self, NewPortalSession, PortalFlow, StripeError, digest};

use crate::State;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenPortalRequest {
    return_url: Option<String>,
    flow: Option<Flow>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Flow {
    PaymentMethodUpdate,
}

#[derive(Serialize)]
pub(crate) struct OpenPortalResponse {
    url: String,
}

pub(crate) async fn handle(
    FromState(state): FromState<State>,
    RateLimitedCaller(caller): RateLimitedCaller,
    OptionalJsonBody(request): OptionalJsonBody<OpenPortalRequest>,
) -> Result<Json<OpenPortalResponse>, HandlerError> {
    let return_url = request.return_url.unwrap_or_else(|| default_return_url(&state));
    if !state.origins.allows(&return_url) {
        return Err(Problem::bad_request("url_not_allowed", "The URL is not on APP_ORIGINS.")
            .with_field("return_url")
            .into());
    }
    let flow = request.flow.map(|Flow::PaymentMethodUpdate| PortalFlow::PaymentMethodUpdate);
    let store = &state.fulfil.store;
    let customer = store.profile(&caller.user).await?.customer.ok_or_else(no_customer)?;
    let configuration = cached_portal_configuration(&state).await?;
    let new = NewPortalSession { customer: &customer, configuration: &configuration, return_url: &return_url, flow };
    match open_portal_session(&state, &caller, &new, state.fulfil.store.now()).await {
        Ok(url) => Ok(Json(OpenPortalResponse { url })),
        // Deleted in Stripe: the next checkout makes another one.
        Err(error) if error.is_resource_missing("customer") => {
            store.forget_customer(&caller.user, &customer).await?;
            Err(no_customer().with_cause(error).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Where the portal leads back to without another wish.
pub(crate) fn default_return_url(state: &State) -> String {
    format!("{}/", state.origins.first())
}

/// What may be done in the portal: asked of Stripe once in a process.
pub(crate) async fn cached_portal_configuration(state: &State) -> Result<String, StripeError> {
    if let Some(known) = state.portal_configuration.get() {
        return Ok(known.clone());
    }
    let found = stripe::find_or_create_portal_configuration(&state.fulfil.stripe, &state.fulfil.app).await?;
    Ok(state.portal_configuration.get_or_init(|| found).clone())
}

/// Opens the portal. The key holds the second: a URL is good for minutes only, but Stripe would replay it for a day.
pub(crate) async fn open_portal_session(
    state: &State,
    caller: &Caller,
    new: &NewPortalSession<'_>,
    now: Timestamp,
) -> Result<String, StripeError> {
    let flow = if new.flow.is_some() { "payment_method_update" } else { "" };
    let what = digest(&[caller.user.as_str(), new.customer.as_str(), new.return_url, flow]);
    let key = format!("{}:portal:{what}:{}", state.fulfil.app, now.as_second());
    stripe::create_portal_session(&state.fulfil.stripe, new, &key).await
}

fn no_customer() -> Problem {
    let detail = "The learner has paid nothing yet, so there is nothing to manage.";
    Problem::new(StatusCode::NOT_FOUND, "no_customer", detail)
}
