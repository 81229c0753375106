//! The checkout slot: at most one open session per learner and scope, in however many tabs.
//!
//! A slot is reserved in the table before its session is created in Stripe. The idempotency key is made of the reservation.
//! After a crash, or for a second identical request, the same idempotency key returns the same session.

use jiff::{SignedDuration, Timestamp};
use shared::HandlerError;
use shared::domain::{Catalog, CheckoutScope, CustomerId, Fact, SessionId, SubscriptionId};
use shared::fulfil::{self, FulfilError, StripeUpdate};
use shared::http::{Caller, Problem};
use shared::store::{CheckoutSlot, CheckoutSlotState, CheckoutState, Profile, ReserveOutcome, SlotReservation};
use shared::stripe::{self, CheckoutSession, CheckoutSessionStatus, StripeError};

use crate::problems::{checkout_in_progress, too_many_checkouts};
use crate::state::State;
use crate::stripe_session::{
    CreateOutcome, OpenSession, SessionParameters, create_customer, create_session_in_slot, update_email,
};
use crate::validated_checkout::ValidatedCheckout;

/// How long a reservation without a session holds up requests with other parameters: longer than any request lives.
const RESERVATION_TIMEOUT: SignedDuration = SignedDuration::from_secs(60);
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
    /// Reserve the generation after this one.
    Reserve(u64),
    /// Go on with the reservation of this generation: it is ours, or another tab's with the same request.
    ResumeReservation(u64),
}

/// Opens a session for the learner, or returns the one that is open and sells the same.
pub(crate) async fn open_session(
    state: &State,
    caller: &Caller,
    catalog: &Catalog,
    checkout: &ValidatedCheckout<'_>,
) -> Result<OpenOutcome, HandlerError> {
    let scope = checkout.checkout_scope();
    let now = state.fulfil.store.now();
    let mut request = SlotRequest { state, caller, catalog, checkout, scope: &scope, now, is_counted: false };
    for _ in 0..MAX_ATTEMPTS {
        if let Some(outcome) = request.attempt().await? {
            return Ok(outcome);
        }
    }
    Err(checkout_in_progress().into())
}

/// One request for a session; it may take several attempts.
struct SlotRequest<'a> {
    state: &'a State,
    caller: &'a Caller,
    catalog: &'a Catalog,
    checkout: &'a ValidatedCheckout<'a>,
    scope: &'a CheckoutScope,
    now: Timestamp,
    /// Whether the rate limit has counted it.
    is_counted: bool,
}

impl SlotRequest<'_> {
    /// `None` when something that was read has changed in the meantime: another attempt reads it again.
    async fn attempt(&mut self) -> Result<Option<OpenOutcome>, HandlerError> {
        let (state, checkout, user) = (self.state, self.checkout, &self.caller.user);
        let store = &state.fulfil.store;
        let CheckoutState { profile, slot } = store.checkout_state(user, self.scope).await?;
        let slot = slot.as_ref();
        let in_use = slot.is_some_and(|slot| slot.state != CheckoutSlotState::Closed);
        // These lead to Stripe at once. Everything else is counted with its reservation.
        if in_use || !is_customer_known(self.caller, &profile) {
            self.count_before_stripe().await?;
        }
        // An open page must not offer a trial that has been used since.
        let trial_expected =
            if in_use && checkout.may_start_trial() { checkout.trial_days(&store.facts(user).await?)? } else { None };
        let next = slot_action(state, slot, &checkout.fingerprint(trial_expected), self.now).await?;
        // Only now: facts that are read after a session is known to be over cannot lack its purchase.
        let facts = self.facts_with_fetched_subscriptions().await?;
        checkout.check_can_be_bought(self.catalog, &facts)?;
        let trial_days = checkout.trial_days(&facts)?;
        if in_use && trial_days != trial_expected {
            return Ok(None);
        }
        let fingerprint = checkout.fingerprint(trial_days);
        let (generation, customer) = match (next, &profile.customer) {
            (SlotAction::ReturnSession(session), _) => return Ok(Some(OpenOutcome::Existing(session))),
            // A reservation binds the customer with it.
            (SlotAction::ResumeReservation(generation), Some(customer)) => (generation, customer.clone()),
            (SlotAction::ResumeReservation(read) | SlotAction::Reserve(read), _) => {
                match self.reserve(&profile, slot, &fingerprint).await? {
                    Some(customer) => (read.saturating_add(1), customer),
                    None => return Ok(None),
                }
            }
        };
        self.is_counted = true;
        let reserved =
            CheckoutSlot { generation, fingerprint, reserved_at: self.now, state: CheckoutSlotState::Reserved };
        let parameters = SessionParameters { caller: self.caller, checkout, trial_days };
        match create_session_in_slot(state, &parameters, &customer, reserved).await? {
            CreateOutcome::Session(session) => Ok(Some(OpenOutcome::Created(session))),
            CreateOutcome::CustomerDeleted => Ok(None),
        }
    }

    /// Counts the request for the rate limit, once.
    async fn count_before_stripe(&mut self) -> Result<(), HandlerError> {
        if self.is_counted {
            return Ok(());
        }
        let store = &self.state.fulfil.store;
        if !store.try_count_checkout(&self.caller.user, self.state.checkouts_per_minute, self.now).await? {
            return Err(too_many_checkouts(self.now).into());
        }
        self.is_counted = true;
        Ok(())
    }

    /// The learner's facts. A live subscription of the plan's family is a reason to refuse the checkout, so it is fetched first: the
    /// event of its end may be late, or never come.
    async fn facts_with_fetched_subscriptions(&mut self) -> Result<Vec<Fact>, HandlerError> {
        let (fulfil, user) = (&self.state.fulfil, &self.caller.user);
        let facts = fulfil.store.facts(user).await?;
        let live = self.checkout.live_subscriptions_of_family(self.catalog, &facts);
        let live: Vec<SubscriptionId> = live.map(|live| live.id.clone()).collect();
        if live.is_empty() {
            return Ok(facts);
        }
        self.count_before_stripe().await?;
        for id in &live {
            match fulfil::apply(fulfil, &StripeUpdate::for_subscription(id), self.now).await {
                // Another Stripe account than the one that sold it: nothing more is known.
                Err(FulfilError::Stripe(error)) if error.is_missing() => {}
                applied => {
                    applied?;
                }
            }
        }
        Ok(fulfil.store.facts(user).await?)
    }

    /// Reserves the slot as it was read, for the learner's customer; `None` when another request was faster.
    async fn reserve(
        &self,
        profile: &Profile,
        slot: Option<&CheckoutSlot>,
        fingerprint: &str,
    ) -> Result<Option<CustomerId>, HandlerError> {
        let (state, caller) = (self.state, self.caller);
        let customer = match &profile.customer {
            Some(customer) => {
                update_email(state, caller, profile, customer, self.now).await?;
                customer.clone()
            }
            None => create_customer(state, caller, profile).await?,
        };
        let reservation = SlotReservation {
            user: &caller.user,
            scope: self.scope,
            expected_slot: slot,
            fingerprint,
            customer: &customer,
            email: caller.email.as_deref(),
            limit_per_minute: (!self.is_counted).then_some(state.checkouts_per_minute),
            at: self.now,
        };
        match state.fulfil.store.reserve_slot(&reservation).await? {
            ReserveOutcome::Reserved => Ok(Some(customer)),
            ReserveOutcome::RateLimited => Err(too_many_checkouts(self.now).into()),
            ReserveOutcome::Conflict => Ok(None),
        }
    }
}

fn is_customer_known(caller: &Caller, profile: &Profile) -> bool {
    profile.customer.is_some() && (caller.email.is_none() || profile.email == caller.email)
}

async fn slot_action(
    state: &State,
    slot: Option<&CheckoutSlot>,
    fingerprint: &str,
    now: Timestamp,
) -> Result<SlotAction, HandlerError> {
    let Some(slot) = slot else { return Ok(SlotAction::Reserve(0)) };
    let same = slot.fingerprint == fingerprint;
    match &slot.state {
        CheckoutSlotState::Closed => Ok(SlotAction::Reserve(slot.generation)),
        CheckoutSlotState::Reserved if same => Ok(SlotAction::ResumeReservation(slot.generation)),
        CheckoutSlotState::Reserved if now.duration_since(slot.reserved_at) < RESERVATION_TIMEOUT => {
            Err(checkout_in_progress().into())
        }
        CheckoutSlotState::Reserved => Ok(SlotAction::Reserve(slot.generation)),
        CheckoutSlotState::Open { session, url, open_until } => {
            let found = if same {
                stripe::retrieve_session(&state.fulfil.stripe, session).await
            } else {
                expire_session(state, session).await
            };
            let found = match found {
                Ok(found) => found,
                // Another Stripe account than the one that opened it.
                Err(error) if error.is_missing() => return Ok(SlotAction::Reserve(slot.generation)),
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
                _ => Ok(SlotAction::Reserve(slot.generation)),
            }
        }
    }
}

/// Expires a session that sells something else than what is requested now. One that has ended is returned as it is.
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
async fn fulfil_completed_session(
    state: &State,
    session: CheckoutSession,
    generation: u64,
    now: Timestamp,
) -> Result<SlotAction, HandlerError> {
    if let Some(update) = StripeUpdate::from_session(session) {
        fulfil::apply(&state.fulfil, &update, now).await?;
    }
    Ok(SlotAction::Reserve(generation))
}
