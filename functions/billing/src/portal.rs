//! Stripe's customer portal: its configuration, and a session in it.

use jiff::Timestamp;
use shared::http::Caller;
use shared::stripe::{self, NewPortalSession, StripeError, digest};

use crate::state::State;

/// Where the portal leads back to by default.
pub(crate) fn default_return_url(state: &State) -> String {
    format!("{}/", state.origins.first())
}

/// The id of the portal's configuration, which says what may be done there. Stripe is asked once in a process.
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
