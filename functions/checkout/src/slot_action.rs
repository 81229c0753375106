//! What a checkout slot allows, as Stripe has what is in it.

use jiff::{SignedDuration, Timestamp};
use shared::HandlerError;
use shared::domain::{PaymentIntentId, SessionId};
use shared::fulfil::{self, StripeUpdate};
use shared::http::Problem;
use shared::store::{CheckoutSlot, CheckoutSlotState};
use shared::stripe::{self, CheckoutSession, CheckoutSessionStatus, PaymentIntentStatus, StripeError};

use crate::problems::{checkout_in_progress, payment_pending};
use crate::state::State;
use crate::stripe_checkout::OpenCheckout;
use crate::stripe_payment_intent::parse_payment_intent;
use crate::stripe_session::OpenSession;

/// How long a reservation holds up requests with other parameters: longer than any request lives.
const RESERVATION_TIMEOUT: SignedDuration = SignedDuration::from_secs(60);

/// What the slot allows.
pub(crate) enum SlotAction {
    /// This one is still open, and sells the same.
    ReturnOpen(OpenCheckout),
    /// Reserve the generation after this one.
    Reserve(u64),
    /// Go on with the reservation of this generation: it is ours, or another tab's with the same request.
    ResumeReservation(u64),
}

/// What the slot allows a request with this fingerprint. What the slot has and the request does not want is ended at Stripe; what was
/// paid meanwhile is fulfilled.
pub(crate) async fn slot_action(
    state: &State,
    slot: Option<&CheckoutSlot>,
    fingerprint: &str,
    now: Timestamp,
) -> Result<SlotAction, HandlerError> {
    let Some(slot) = slot else { return Ok(SlotAction::Reserve(0)) };
    let same = slot.fingerprint == fingerprint;
    let open = match &slot.state {
        CheckoutSlotState::Closed => None,
        CheckoutSlotState::Reserved if same => return Ok(SlotAction::ResumeReservation(slot.generation)),
        CheckoutSlotState::Reserved if now.duration_since(slot.reserved_at) < RESERVATION_TIMEOUT => {
            return Err(checkout_in_progress().into());
        }
        CheckoutSlotState::Reserved => None,
        CheckoutSlotState::Open { session, url, open_until } => {
            let open = OpenSession { id: session.clone(), url: url.clone(), open_until: *open_until };
            if same { find_open_session(state, open, now).await? } else { end_session(state, session, now).await? }
        }
        CheckoutSlotState::OpenPaymentIntent { payment_intent, open_until } if same && now < *open_until => {
            find_open_payment_intent(state, payment_intent, now).await?
        }
        CheckoutSlotState::OpenPaymentIntent { payment_intent, .. } => {
            end_payment_intent(state, payment_intent, now).await?
        }
    };
    Ok(open.map_or(SlotAction::Reserve(slot.generation), SlotAction::ReturnOpen))
}

/// The session, if it can still be paid.
async fn find_open_session(
    state: &State,
    open: OpenSession,
    now: Timestamp,
) -> Result<Option<OpenCheckout>, HandlerError> {
    let found = stripe::retrieve_session(&state.fulfil.stripe, &open.id).await;
    let Some(session) = none_if_missing(found)? else { return Ok(None) };
    if session.status == Some(CheckoutSessionStatus::Open) {
        return Ok(Some(OpenCheckout::Session(open)));
    }
    fulfil_completed_session(state, session, now).await?;
    Ok(None)
}

/// Expires a session that sells something else than what is requested now, or in another way.
async fn end_session(state: &State, id: &SessionId, now: Timestamp) -> Result<Option<OpenCheckout>, HandlerError> {
    let Some(session) = none_if_missing(expire_session(state, id).await)? else { return Ok(None) };
    if session.status == Some(CheckoutSessionStatus::Open) {
        return Err(still_payable().into());
    }
    fulfil_completed_session(state, session, now).await?;
    Ok(None)
}

/// Expires a session. One that has ended is returned as it is.
async fn expire_session(state: &State, session: &SessionId) -> Result<CheckoutSession, StripeError> {
    match stripe::expire_session(&state.fulfil.stripe, session).await {
        Err(error) if error.is_refusal() && !error.is_missing() => {
            stripe::retrieve_session(&state.fulfil.stripe, session).await
        }
        answer => answer,
    }
}

/// The session was paid, and the slot still has it as open. Fulfilling it writes its fact, which then decides: the product is
/// owned, or it can be bought again because the payment was refunded.
async fn fulfil_completed_session(state: &State, session: CheckoutSession, now: Timestamp) -> Result<(), HandlerError> {
    if session.status == Some(CheckoutSessionStatus::Complete)
        && let Some(update) = StripeUpdate::from_session(session)
    {
        fulfil::apply(&state.fulfil, &update, now).await?;
    }
    Ok(())
}

/// The payment intent, if it can still be paid. What became of it is applied, so that the facts are as new as what Stripe says.
async fn find_open_payment_intent(
    state: &State,
    id: &PaymentIntentId,
    now: Timestamp,
) -> Result<Option<OpenCheckout>, HandlerError> {
    let found = stripe::retrieve_payment_intent(&state.fulfil.stripe, id).await;
    let Some(intent) = none_if_missing(found)? else { return Ok(None) };
    fulfil::apply(&state.fulfil, &StripeUpdate::from_payment_intent(&intent), now).await?;
    match intent.status {
        PaymentIntentStatus::Succeeded | PaymentIntentStatus::Canceled => Ok(None),
        PaymentIntentStatus::Processing => Err(payment_pending().into()),
        _ => Ok(Some(OpenCheckout::PaymentIntent(parse_payment_intent(&intent)?))),
    }
}

/// Cancels a payment intent that sells something else than what is requested now, or in another way, or whose time is over.
async fn end_payment_intent(
    state: &State,
    id: &PaymentIntentId,
    now: Timestamp,
) -> Result<Option<OpenCheckout>, HandlerError> {
    let Some(intent) = fulfil::end_payment_intent(&state.fulfil, id, now).await? else { return Ok(None) };
    match intent.status {
        PaymentIntentStatus::Succeeded | PaymentIntentStatus::Canceled => Ok(None),
        PaymentIntentStatus::Processing => Err(payment_pending().into()),
        _ => Err(still_payable().into()),
    }
}

/// What is open has other parameters and could not be ended, so it can still be paid. Neither it nor another one may be returned.
fn still_payable() -> Problem {
    let cause = "the open checkout with other parameters could not be ended";
    Problem::unavailable("stripe_unavailable", cause).with_retry_after(2)
}

/// Another Stripe account than the one that opened it does not know it.
fn none_if_missing<T>(found: Result<T, StripeError>) -> Result<Option<T>, StripeError> {
    match found {
        Err(error) if error.is_missing() => Ok(None),
        found => found.map(Some),
    }
}
