//! The learner's customer at Stripe.

use jiff::Timestamp;
use shared::HandlerError;
use shared::domain::CustomerId;
use shared::fulfil;
use shared::http::Caller;
use shared::store::Profile;
use shared::stripe::{self, digest};

use crate::state::State;

/// The key holds the e-mail (hashed) and the customer before: with others it is another request to Stripe.
pub(crate) async fn create_customer(
    state: &State,
    caller: &Caller,
    profile: &Profile,
) -> Result<CustomerId, HandlerError> {
    let (app, email) = (&state.fulfil.app, caller.email.as_deref());
    let former = profile.former_customer.as_ref().map_or("", CustomerId::as_str);
    let key = format!("{app}:customer:{}", digest(&[caller.user.as_str(), email.unwrap_or_default(), former]));
    Ok(stripe::create_customer(&state.fulfil.stripe, app, &caller.user, email, &key).await?)
}

/// Gives the customer the learner's present address, if it is verified and another one than before: receipts go there.
pub(crate) async fn update_email(
    state: &State,
    caller: &Caller,
    profile: &Profile,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<(), HandlerError> {
    let Some(email) = caller.email.as_deref().filter(|email| profile.email.as_deref() != Some(email)) else {
        return Ok(());
    };
    let fulfil::Context { stripe, app, .. } = &state.fulfil;
    // The second is part of the key: an address may come back the same day.
    let what = digest(&[customer.as_str(), email]);
    let key = format!("{app}:customer-email:{what}:{}", now.as_second());
    match stripe::update_email(stripe, customer, email, &key).await {
        // It was deleted in Stripe: the session finds out, and another one is created.
        Err(error) if error.is_missing() => Ok(()),
        answer => Ok(answer?),
    }
}
