//! What is created in Stripe for a reserved slot: a customer, and a session, which is then stored in the slot.

use jiff::Timestamp;
use shared::HandlerError;
use shared::domain::{CustomerId, SessionId};
use shared::fulfil;
use shared::http::{Caller, Problem};
use shared::store::{CheckoutSlot, CheckoutSlotState, Profile};
use shared::stripe::{self, CheckoutSession, NewSession, Sale, StripeError, digest};

use crate::problems::{checkout_in_progress, invalid_promotion_code};
use crate::state::State;
use crate::validated_checkout::ValidatedCheckout;

/// An open session.
#[derive(Debug)]
pub(crate) struct OpenSession {
    pub(crate) id: SessionId,
    pub(crate) url: String,
    pub(crate) open_until: Timestamp,
}

/// The learner and the checkout that a session is created for.
pub(crate) struct SessionParameters<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) checkout: &'a ValidatedCheckout<'a>,
    /// How many days of a subscription nothing is charged.
    pub(crate) trial_days: Option<u16>,
}

/// How creating ended.
pub(crate) enum CreateOutcome {
    /// With a session.
    Session(OpenSession),
    /// The learner's customer was deleted in Stripe. It is forgotten; the next try creates another one.
    CustomerDeleted,
}

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

/// Creates the session of a reserved slot and stores it there.
pub(crate) async fn create_session_in_slot(
    state: &State,
    parameters: &SessionParameters<'_>,
    customer: &CustomerId,
    slot: CheckoutSlot,
) -> Result<CreateOutcome, HandlerError> {
    let (store, SessionParameters { caller, checkout, .. }) = (&state.fulfil.store, parameters);
    let session = match create_stripe_session(state, parameters, customer, &slot).await {
        Ok(session) => session,
        Err(handler_error) => {
            release_slot(state, caller, checkout, &slot, &handler_error).await;
            if let HandlerError::Stripe(error) = &handler_error
                && error.is_price_refused()
            {
                fulfil::refresh_prices(&state.fulfil, &checkout.product.id).await;
                return Err(Problem::unknown_price().with_field("price_id").with_cause(error).into());
            }
            if !is_customer_deleted(&handler_error) {
                return Err(handler_error);
            }
            store.forget_customer(&caller.user, customer).await?;
            return Ok(CreateOutcome::CustomerDeleted);
        }
    };
    let open = CheckoutSlotState::Open {
        session: session.id.clone(),
        url: session.url.clone(),
        open_until: session.open_until,
    };
    if store.store_open_session(&caller.user, &checkout.checkout_scope(), &CheckoutSlot { state: open, ..slot }).await?
    {
        return Ok(CreateOutcome::Session(session));
    }
    // Another request has reserved or closed the slot. This session has to be expired, so that nobody pays it.
    stripe::expire_session(&state.fulfil.stripe, &session.id).await?;
    Err(checkout_in_progress().into())
}

fn is_customer_deleted(handler_error: &HandlerError) -> bool {
    matches!(handler_error, HandlerError::Stripe(error) if error.is_resource_missing("customer"))
}

async fn create_stripe_session(
    state: &State,
    parameters: &SessionParameters<'_>,
    customer: &CustomerId,
    slot: &CheckoutSlot,
) -> Result<OpenSession, HandlerError> {
    let SessionParameters { caller, checkout, trial_days } = parameters;
    let fulfil::Context { stripe, app, .. } = &state.fulfil;
    let promotion = match &checkout.promotion_code {
        Some(code) => Some(stripe::find_promotion_code(stripe, code).await?.ok_or_else(invalid_promotion_code)?),
        None => None,
    };
    let sale = Sale {
        user: caller.user.clone(),
        product: checkout.product.id.clone(),
        price: Some(checkout.price.id.clone()),
        family: checkout.family_and_trial.as_ref().map(|plan| plan.family.clone()),
        referrer: None,
        additional_products: Vec::new(),
    };
    let new = NewSession {
        sale: &sale,
        price: &checkout.price.id,
        customer,
        success_url: &checkout.success_url,
        cancel_url: &checkout.cancel_url,
        promotion: promotion.as_deref(),
        trial_days: *trial_days,
    };
    let who = digest(&[caller.user.as_str()]);
    let key = format!("{app}:session:{who}:{}:{}:{}", checkout.product.id, slot.generation, slot.fingerprint);
    let session =
        stripe::create_session(stripe, app, &new, &key).await.map_err(|error| map_discount_error(error, checkout))?;
    parse_session(&session)
}

fn parse_session(session: &CheckoutSession) -> Result<OpenSession, HandlerError> {
    let lacking = |what: &str| HandlerError::Stripe(StripeError::Unreadable { what: what.to_owned() });
    Ok(OpenSession {
        id: SessionId::parse(session.id.as_str()).map_err(|_| lacking("a session id"))?,
        url: session.url.clone().ok_or_else(|| lacking("a hosted page"))?,
        open_until: stripe::session_expires_at(session)?,
    })
}

/// A code can be known and still not apply: to this product, to this customer, at this amount.
fn map_discount_error(error: StripeError, checkout: &ValidatedCheckout<'_>) -> HandlerError {
    let about_discount = matches!(&error, StripeError::ErrorResponse { status: 400, param: Some(param), .. } if param.starts_with("discounts"));
    if about_discount && checkout.promotion_code.is_some() {
        invalid_promotion_code().with_cause(error).into()
    } else {
        error.into()
    }
}

/// Releases the reservation when Stripe has answered and opened no session; otherwise the next try resumes it. A server
/// error counts as an answer: should there be a session all the same, nobody has seen its page.
async fn release_slot(
    state: &State,
    caller: &Caller,
    checkout: &ValidatedCheckout<'_>,
    slot: &CheckoutSlot,
    handler_error: &HandlerError,
) {
    let certain = match handler_error {
        HandlerError::Problem(_) => true,
        HandlerError::Stripe(error) => {
            matches!(error, StripeError::ErrorResponse { .. }) && !error.is_conflict_or_rate_limit()
        }
        HandlerError::Store(_) | HandlerError::Fulfil(_) => false,
    };
    if !certain {
        return;
    }
    let released = state.fulfil.store.release_slot(&caller.user, &checkout.checkout_scope(), slot.generation).await;
    if let Err(error) = released {
        tracing::warn!(%error, "a reservation stays until it times out");
    }
}
