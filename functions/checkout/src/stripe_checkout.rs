//! What is created in Stripe for a reserved slot, a session or a payment intent, and then stored in the slot.

use jiff::Timestamp;
use shared::HandlerError;
use shared::domain::CustomerId;
use shared::fulfil;
use shared::http::{Caller, Problem};
use shared::store::{CheckoutSlot, CheckoutSlotState};
use shared::stripe::{self, StripeError};

use crate::checkout_parameters::CheckoutParameters;
use crate::problems::checkout_in_progress;
use crate::state::State;
use crate::stripe_payment_intent::{OpenPaymentIntent, create_stripe_payment_intent};
use crate::stripe_session::{OpenSession, create_stripe_session};
use crate::validated_checkout::{PaymentMode, ValidatedCheckout};

/// An open way to pay.
pub(crate) enum OpenCheckout {
    Session(OpenSession),
    PaymentIntent(OpenPaymentIntent),
}

/// How creating ended.
pub(crate) enum CreateOutcome {
    /// With an open checkout.
    Opened(OpenCheckout),
    /// The learner's customer was deleted in Stripe. It is forgotten; the next try creates another one.
    CustomerDeleted,
    /// With credit, less is left to pay than Stripe charges. The next try uses none.
    CreditRefused,
}

/// Creates the session or payment intent of a reserved slot and stores it there.
pub(crate) async fn create_in_slot(
    state: &State,
    parameters: &CheckoutParameters<'_>,
    customer: &CustomerId,
    slot: CheckoutSlot,
    now: Timestamp,
) -> Result<CreateOutcome, HandlerError> {
    let (store, CheckoutParameters { caller, checkout, .. }) = (&state.fulfil.store, parameters);
    let open = match create_at_stripe(state, parameters, customer, &slot).await {
        Ok(open) => open,
        Err(handler_error) => {
            release_slot(state, caller, checkout, &slot, &handler_error, now).await;
            if let HandlerError::Stripe(error) = &handler_error
                && error.is_price_refused()
            {
                fulfil::refresh_prices(&state.fulfil, &checkout.product.id).await;
                return Err(Problem::unknown_price().with_field("price_id").with_cause(error).into());
            }
            if slot.credit.is_some()
                && matches!(&handler_error, HandlerError::Stripe(error) if error.is_amount_too_small())
            {
                return Ok(CreateOutcome::CreditRefused);
            }
            if !is_customer_deleted(&handler_error) {
                return Err(handler_error);
            }
            store.forget_customer(&caller.user, customer).await?;
            return Ok(CreateOutcome::CustomerDeleted);
        }
    };
    let opened = CheckoutSlot { state: open.slot_state(), ..slot };
    if store.store_open_checkout(&caller.user, &checkout.checkout_scope(), &opened).await? {
        return Ok(CreateOutcome::Opened(open));
    }
    // Another request has reserved or closed the slot. This one has to be ended, so that nobody pays it.
    match &open {
        OpenCheckout::Session(session) => {
            stripe::expire_session(&state.fulfil.stripe, &session.id).await?;
        }
        OpenCheckout::PaymentIntent(intent) => {
            fulfil::end_payment_intent(&state.fulfil, &intent.id, now).await?;
        }
    }
    Err(checkout_in_progress().into())
}

async fn create_at_stripe(
    state: &State,
    parameters: &CheckoutParameters<'_>,
    customer: &CustomerId,
    slot: &CheckoutSlot,
) -> Result<OpenCheckout, HandlerError> {
    match &parameters.checkout.mode {
        PaymentMode::Session(pages) => {
            create_stripe_session(state, parameters, pages, customer, slot).await.map(OpenCheckout::Session)
        }
        PaymentMode::PaymentIntent => {
            create_stripe_payment_intent(state, parameters, customer, slot).await.map(OpenCheckout::PaymentIntent)
        }
    }
}

impl OpenCheckout {
    fn slot_state(&self) -> CheckoutSlotState {
        match self {
            Self::Session(OpenSession { id, url, open_until }) => {
                CheckoutSlotState::Open { session: id.clone(), url: url.clone(), open_until: *open_until }
            }
            Self::PaymentIntent(intent) => CheckoutSlotState::OpenPaymentIntent {
                payment_intent: intent.id.clone(),
                open_until: intent.open_until,
            },
        }
    }
}

fn is_customer_deleted(handler_error: &HandlerError) -> bool {
    matches!(handler_error, HandlerError::Stripe(error) if error.is_resource_missing("customer"))
}

/// Releases the reservation when Stripe has answered and opened no session; otherwise the next try resumes it. A server
/// error counts as an answer: should there be a session all the same, nobody has seen its page.
async fn release_slot(
    state: &State,
    caller: &Caller,
    checkout: &ValidatedCheckout<'_>,
    slot: &CheckoutSlot,
    handler_error: &HandlerError,
    now: Timestamp,
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
    let released = state.fulfil.store.release_slot(&caller.user, &checkout.checkout_scope(), slot, now).await;
    if let Err(error) = released {
        tracing::warn!(%error, "a reservation stays until it times out");
    }
}
