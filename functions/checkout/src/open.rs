//! The slot: at most one open way to pay per learner and product, whatever is clicked in however many tabs.
//!
//! A slot is claimed in the table before its session is created in Stripe, under an idempotency key made of the claim.
//! Whoever crashes in between, or comes second with the same wish, creates the same session again.

use jiff::{SignedDuration, Timestamp};
use shared::Failure;
use shared::domain::{Catalog, Fact, SessionId};
use shared::fulfil::{self, Heard};
use shared::http::{Caller, Problem};
use shared::store::{Claim, Claimed, Desk, Slot, SlotState, Store, StoreError};
use shared::stripe::{self, CheckoutSession, CheckoutSessionStatus, StripeError};

use crate::State;
use crate::create::{Created, Deal, Session, create, create_customer, update_email};
use crate::order::Order;

/// How long a claim without a session holds up other wishes: longer than any request lives.
const CLAIM_HOLDS: SignedDuration = SignedDuration::from_secs(60);
const ATTEMPTS: u32 = 4;

/// Whether it was there before.
#[derive(Debug)]
pub(crate) enum Opened {
    New(Session),
    Again(Session),
}

/// What the slot allows.
enum Next {
    /// This session is still open, and sells the same.
    Show(Session),
    /// Claim the generation after this one.
    Claim(u64),
    /// Finish the claim of this generation: it is ours, or another tab's with the same wish.
    Resume(u64),
}

/// Whether this request has been counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Yes,
    NotYet,
}

pub(crate) async fn open(
    state: &State,
    caller: &Caller,
    catalog: &Catalog,
    order: &Order<'_>,
) -> Result<Opened, Failure> {
    let store = &state.fulfil.store;
    let now = store.now();
    let payable = order.payable();
    let mut counted = Counted::NotYet;
    for _ in 0..ATTEMPTS {
        let Desk { profile, slot } = store.desk(&caller.user, &payable).await?;
        let in_use = slot.as_ref().is_some_and(|slot| slot.state != SlotState::Closed);
        // A slot in use and a customer to make or to change lead to Stripe at once; everything else is counted with its claim.
        let is_known = profile.customer.is_some() && (caller.email.is_none() || profile.email == caller.email);
        if counted == Counted::NotYet && (in_use || !is_known) {
            if !store.count_checkout(&caller.user, state.checkouts_per_minute, now).await? {
                return Err(too_many(now).into());
            }
            counted = Counted::Yes;
        }
        // An open page must not offer a trial that has been used since.
        let trial_expected =
            if in_use && order.offers_trial() { order.trial_days(&facts(store, caller).await?)? } else { None };
        let next = next(state, slot.as_ref(), &order.fingerprint(trial_expected), now).await?;
        // Only now: facts that are read after a session is known to be over cannot lack its purchase.
        let facts = facts(store, caller).await?;
        order.check_not_owned(catalog, &facts)?;
        let trial_days = order.trial_days(&facts)?;
        if in_use && trial_days != trial_expected {
            continue;
        }
        let fingerprint = order.fingerprint(trial_days);
        let (generation, customer) = match (next, &profile.customer) {
            (Next::Show(session), _) => return Ok(Opened::Again(session)),
            // A claim binds the customer with it.
            (Next::Resume(generation), Some(customer)) => (generation, customer.clone()),
            (Next::Resume(read) | Next::Claim(read), known) => {
                let customer = match known {
                    Some(customer) => {
                        update_email(state, caller, &profile, customer, now).await?;
                        customer.clone()
                    }
                    None => create_customer(state, caller, &profile).await?,
                };
                let claim = Claim {
                    user: &caller.user,
                    payable: &payable,
                    read: slot.as_ref(),
                    fingerprint: &fingerprint,
                    customer: &customer,
                    email: caller.email.as_deref(),
                    limit_per_minute: (counted == Counted::NotYet).then_some(state.checkouts_per_minute),
                    at: now,
                };
                match store.claim_checkout(&claim).await? {
                    Claimed::Claimed => (read.saturating_add(1), customer),
                    Claimed::RateLimited => return Err(too_many(now).into()),
                    Claimed::Lost => continue,
                }
            }
        };
        counted = Counted::Yes;
        let slot = Slot { generation, fingerprint: fingerprint.clone(), claimed_at: now, state: SlotState::Claimed };
        match create(state, &Deal { caller, order, trial_days }, &customer, slot).await? {
            Created::Session(session) => return Ok(Opened::New(session)),
            Created::CustomerIsGone => continue,
        }
    }
    Err(in_progress().into())
}

async fn facts(store: &Store, caller: &Caller) -> Result<Vec<Fact>, StoreError> {
    Ok(store.facts(&caller.user).await?.into_iter().map(|fact| fact.value).collect())
}

async fn next(state: &State, slot: Option<&Slot>, fingerprint: &str, now: Timestamp) -> Result<Next, Failure> {
    let Some(slot) = slot else { return Ok(Next::Claim(0)) };
    let same = slot.fingerprint == fingerprint;
    match &slot.state {
        SlotState::Closed => Ok(Next::Claim(slot.generation)),
        SlotState::Claimed if same => Ok(Next::Resume(slot.generation)),
        SlotState::Claimed if now.duration_since(slot.claimed_at) < CLAIM_HOLDS => Err(in_progress().into()),
        SlotState::Claimed => Ok(Next::Claim(slot.generation)),
        SlotState::Open { session, url, open_until } => {
            let found =
                if same { stripe::session(&state.fulfil.stripe, session).await } else { expire(state, session).await };
            let found = match found {
                Ok(found) => found,
                // Another Stripe account than the one that opened it.
                Err(error) if error.is_missing() => return Ok(Next::Claim(slot.generation)),
                Err(error) => return Err(error.into()),
            };
            match found.status {
                // What cannot be closed now stays payable: neither it nor a second page may be shown for this wish.
                Some(CheckoutSessionStatus::Open) if !same => {
                    let cause = "the open session with other parameters could not be expired";
                    Err(Problem::unavailable("stripe_unavailable", cause).after(2).into())
                }
                Some(CheckoutSessionStatus::Open) => {
                    Ok(Next::Show(Session { id: session.clone(), url: url.clone(), open_until: *open_until }))
                }
                Some(CheckoutSessionStatus::Complete) => complete(state, found, slot.generation, now).await,
                _ => Ok(Next::Claim(slot.generation)),
            }
        }
    }
}

/// Closes a session that sells something else than what is wished now; one that is over already is shown as it is.
async fn expire(state: &State, session: &SessionId) -> Result<CheckoutSession, StripeError> {
    match stripe::expire_session(&state.fulfil.stripe, session).await {
        Err(error) if error.is_refusal() && !error.is_missing() => stripe::session(&state.fulfil.stripe, session).await,
        answer => answer,
    }
}

/// It was paid while the slot still showed it open. Fulfilled, it stands among the facts: as a reason to refuse, or, when
/// its money went back, as none.
async fn complete(state: &State, session: CheckoutSession, generation: u64, now: Timestamp) -> Result<Next, Failure> {
    if let Some(heard) = Heard::from_session(session) {
        fulfil::apply(&state.fulfil, &heard, now).await?;
    }
    Ok(Next::Claim(generation))
}

fn too_many(now: Timestamp) -> Problem {
    Problem::rate_limited("Too many checkouts in a minute.", now)
}

pub(crate) fn in_progress() -> Problem {
    let detail = "Another checkout for this product is being opened.";
    Problem::conflict("checkout_in_progress", detail).after(2)
}
