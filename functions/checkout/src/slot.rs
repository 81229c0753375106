//! The checkout slot: at most one open session per learner and scope, in however many tabs.
//!
//! A slot is claimed in the table before its session is created in Stripe, under an idempotency key made of the claim.
//! After a crash, or for a second identical request, the same idempotency key returns the same session.

use jiff::{SignedDuration, Timestamp};
use shared::HandlerError;
use shared::domain::{Catalog, SessionId};
use shared::fulfil::{self, StripeUpdate};
use shared::http::{Caller, Problem};
use shared::store::{CheckoutSlot, CheckoutSlotState, CheckoutState, ClaimOutcome, SlotClaim};
use shared::stripe::{self, CheckoutSession, CheckoutSessionStatus, StripeError};

use crate::problems::{checkout_in_progress, too_many_checkouts};
use crate::state::State;
use crate::stripe_session::{
    CreateOutcome, OpenSession, SessionParameters, create_customer, create_session_in_slot, update_email,
};
use crate::validated_checkout::ValidatedCheckout;

/// How long a claim without a session holds up other wishes: longer than any request lives.
const CLAIM_TIMEOUT: SignedDuration = SignedDuration::from_secs(60);
const MAX_ATTEMPTS: u32 = 4;

/// Whether it was there before.
#[derive(Debug)]
pub(crate) enum OpenOutcome {
    Created(OpenSession),
    Existing(OpenSession),
}

/// What the slot allows.
enum SlotAction {
    /// This session is still open, and sells the same.
    ReturnSession(OpenSession),
    /// Claim the generation after this one.
    Claim(u64),
    /// Finish the claim of this generation: it is ours, or another tab's with the same request.
    ResumeClaim(u64),
}

/// Whether this request has been counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RateCounted {
    Yes,
    NotYet,
}

pub(crate) async fn open_session(
    state: &State,
    caller: &Caller,
    catalog: &Catalog,
    checkout: &ValidatedCheckout<'_>,
) -> Result<OpenOutcome, HandlerError> {
    let store = &state.fulfil.store;
    let now = store.now();
    let scope = checkout.checkout_scope();
    let mut counted = RateCounted::NotYet;
    for _ in 0..MAX_ATTEMPTS {
        let CheckoutState { profile, slot } = store.checkout_state(&caller.user, &scope).await?;
        let in_use = slot.as_ref().is_some_and(|slot| slot.state != CheckoutSlotState::Closed);
        // A slot in use and a customer to make or to change lead to Stripe at once; everything else is counted with its claim.
        let is_known = profile.customer.is_some() && (caller.email.is_none() || profile.email == caller.email);
        if counted == RateCounted::NotYet && (in_use || !is_known) {
            if !store.try_count_checkout(&caller.user, state.checkouts_per_minute, now).await? {
                return Err(too_many_checkouts(now).into());
            }
            counted = RateCounted::Yes;
        }
        // An open page must not offer a trial that has been used since.
        let trial_expected = if in_use && checkout.may_start_trial() {
            checkout.trial_days(&store.facts(&caller.user).await?)?
        } else {
            None
        };
        let next = slot_action(state, slot.as_ref(), &checkout.fingerprint(trial_expected), now).await?;
        // Only now: facts that are read after a session is known to be over cannot lack its purchase.
        let facts = store.facts(&caller.user).await?;
        checkout.check_not_owned(catalog, &facts)?;
        let trial_days = checkout.trial_days(&facts)?;
        if in_use && trial_days != trial_expected {
            continue;
        }
        let fingerprint = checkout.fingerprint(trial_days);
        let (generation, customer) = match (next, &profile.customer) {
            (SlotAction::ReturnSession(session), _) => return Ok(OpenOutcome::Existing(session)),
            // A claim binds the customer with it.
            (SlotAction::ResumeClaim(generation), Some(customer)) => (generation, customer.clone()),
            (SlotAction::ResumeClaim(read) | SlotAction::Claim(read), known) => {
                let customer = match known {
                    Some(customer) => {
                        update_email(state, caller, &profile, customer, now).await?;
                        customer.clone()
                    }
                    None => create_customer(state, caller, &profile).await?,
                };
                let claim = SlotClaim {
                    user: &caller.user,
                    scope: &scope,
                    expected_slot: slot.as_ref(),
                    fingerprint: &fingerprint,
                    customer: &customer,
                    email: caller.email.as_deref(),
                    limit_per_minute: (counted == RateCounted::NotYet).then_some(state.checkouts_per_minute),
                    at: now,
                };
                match store.claim_slot(&claim).await? {
                    ClaimOutcome::Claimed => (read.saturating_add(1), customer),
                    ClaimOutcome::RateLimited => return Err(too_many_checkouts(now).into()),
                    ClaimOutcome::Conflict => continue,
                }
            }
        };
        counted = RateCounted::Yes;
        let slot = CheckoutSlot {
            generation,
            fingerprint: fingerprint.clone(),
            claimed_at: now,
            state: CheckoutSlotState::Claimed,
        };
        match create_session_in_slot(state, &SessionParameters { caller, checkout, trial_days }, &customer, slot)
            .await?
        {
            CreateOutcome::Session(session) => return Ok(OpenOutcome::Created(session)),
            CreateOutcome::CustomerDeleted => continue,
        }
    }
    Err(checkout_in_progress().into())
}

async fn slot_action(
    state: &State,
    slot: Option<&CheckoutSlot>,
    fingerprint: &str,
    now: Timestamp,
) -> Result<SlotAction, HandlerError> {
    let Some(slot) = slot else { return Ok(SlotAction::Claim(0)) };
    let same = slot.fingerprint == fingerprint;
    match &slot.state {
        CheckoutSlotState::Closed => Ok(SlotAction::Claim(slot.generation)),
        CheckoutSlotState::Claimed if same => Ok(SlotAction::ResumeClaim(slot.generation)),
        CheckoutSlotState::Claimed if now.duration_since(slot.claimed_at) < CLAIM_TIMEOUT => {
            Err(checkout_in_progress().into())
        }
        CheckoutSlotState::Claimed => Ok(SlotAction::Claim(slot.generation)),
        CheckoutSlotState::Open { session, url, open_until } => {
            let found = if same {
                stripe::retrieve_session(&state.fulfil.stripe, session).await
            } else {
                expire_session(state, session).await
            };
            let found = match found {
                Ok(found) => found,
                // Another Stripe account than the one that opened it.
                Err(error) if error.is_missing() => return Ok(SlotAction::Claim(slot.generation)),
                Err(error) => return Err(error.into()),
            };
            match found.status {
                // The open session has other parameters and could not be expired, so it can still be paid. Neither it
                // nor a new session may be returned.
                Some(CheckoutSessionStatus::Open) if !same => {
                    let cause = "the open session with other parameters could not be expired";
                    Err(Problem::unavailable("stripe_unavailable", cause).with_retry_after(2).into())
                }
                Some(CheckoutSessionStatus::Open) => Ok(SlotAction::ReturnSession(OpenSession {
                    id: session.clone(),
                    url: url.clone(),
                    open_until: *open_until,
                })),
                Some(CheckoutSessionStatus::Complete) => {
                    fulfil_completed_session(state, found, slot.generation, now).await
                }
                _ => Ok(SlotAction::Claim(slot.generation)),
            }
        }
    }
}

/// Closes a session that sells something else than what is wished now; one that is over already is shown as it is.
async fn expire_session(state: &State, session: &SessionId) -> Result<CheckoutSession, StripeError> {
    match stripe::expire_session(&state.fulfil.stripe, session).await {
        Err(error) if error.is_refusal() && !error.is_missing() => {
            stripe::retrieve_session(&state.fulfil.stripe, session).await
        }
        answer => answer,
    }
}

/// It was paid while the slot still showed it open. Fulfilled, it stands among the facts: as a reason to refuse, or, when
/// its money went back, as none.
async fn fulfil_completed_session(
    state: &State,
    session: CheckoutSession,
    generation: u64,
    now: Timestamp,
) -> Result<SlotAction, HandlerError> {
    if let Some(update) = StripeUpdate::from_session(session) {
        fulfil::apply(&state.fulfil, &update, now).await?;
    }
    Ok(SlotAction::Claim(generation))
}
