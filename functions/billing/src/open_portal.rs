//! `POST /billing/portal`: a visit to Stripe's customer portal.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::StatusCode;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, Serialize};
use shared::HandlerError;
use shared::http::{OptionalJsonBody, Problem, RateLimitedCaller};
use shared::stripe::{NewPortalSession, PortalFlow};

use crate::portal::{cached_portal_configuration, default_return_url, open_portal_session};
use crate::state::State;

/// Where a visit begins and where it leads.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenPortalRequest {
    /// Where the portal leads back to: a URL on one of `APP_ORIGINS`.
    #[cfg_attr(feature = "openapi", schemars(length(max = 2048)))]
    return_url: Option<String>,
    /// Leads straight to one thing.
    #[serde(default, deserialize_with = "PortalFlowRequest::from_text")]
    flow: Option<PortalFlowRequest>,
}

/// What the learner is to do in the portal.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum PortalFlowRequest {
    /// Give another payment method.
    PaymentMethodUpdate,
}

impl PortalFlowRequest {
    /// By itself, serde would read `{"payment_method_update": null}` as the variant, too.
    fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Self::deserialize(text.into_deserializer())).transpose()
    }
}

/// An open visit.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct OpenPortalResponse {
    /// Stripe's page. It is good for minutes only.
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
    let flow = request.flow.map(|PortalFlowRequest::PaymentMethodUpdate| PortalFlow::PaymentMethodUpdate);
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

fn no_customer() -> Problem {
    let detail = "The learner has paid nothing yet, so there is nothing to manage.";
    Problem::new(StatusCode::NOT_FOUND, "no_customer", detail)
}
