//! The slot: at most one open way to pay per learner and product, whatever is clicked in however many tabs.
//!
//! A slot is claimed in the table before its session is created in Stripe, under an idempotency key made of the claim.
//! Whoever crashes in between, or comes second with the same wish, creates the same session again.

use jiff::{SignedDuration, Timestamp};
use shared::domain::{Catalog, Fact, SessionId};
use shared::fulfil::{self, Heard};
use shared::http::{Caller, Problem};
use shared::store::{Claim, Claimed, Profile, RATE_WINDOW_SECONDS, Slot, SlotState};
use shared::stripe::{self, CheckoutSession, CheckoutSessionStatus, StripeError};

use crate::State;
use crate::create::{Session, create, create_customer};
use crate::failure::Failure;
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
    /// What was read is out of date.
    ReadAgain,
}

pub(crate) async fn open(
    state: &State,
    caller: &Caller,
    catalog: &Catalog,
    order: &Order<'_>,
) -> Result<Opened, Failure> {
    let (store, now) = (&state.fulfil.store, Timestamp::now());
    let fingerprint = order.fingerprint();
    for _ in 0..ATTEMPTS {
        let (facts, desk) = tokio::try_join!(store.facts(&caller.user), store.desk(&caller.user, &order.product.id))?;
        let facts: Vec<Fact> = facts.into_iter().map(|fact| fact.value).collect();
        order.check_not_owned(catalog, &facts)?;
        let (generation, customer) = match (next(state, desk.slot.as_ref(), &fingerprint, now).await?, desk.profile) {
            (Next::ReadAgain, _) => continue,
            (Next::Show(session), _) => {
                let counted = store.count_checkout(&caller.user, state.per_minute, now).await?;
                return if counted { Ok(Opened::Again(session)) } else { Err(too_many(now).into()) };
            }
            // A claim binds the customer with it.
            (Next::Resume(generation), Profile { customer: Some(customer) }) => (generation, customer),
            (Next::Resume(read) | Next::Claim(read), profile) => {
                let customer = match profile.customer {
                    Some(customer) => customer,
                    None => create_customer(state, caller).await?,
                };
                let claim = Claim {
                    user: &caller.user,
                    product: &order.product.id,
                    read_generation: read,
                    fingerprint: &fingerprint,
                    customer: &customer,
                    limit_per_minute: state.per_minute,
                    at: now,
                };
                match store.claim_checkout(&claim).await? {
                    Claimed::Claimed => (read + 1, customer),
                    Claimed::RateLimited => return Err(too_many(now).into()),
                    Claimed::Lost => continue,
                }
            }
        };
        let slot = Slot { generation, fingerprint: fingerprint.clone(), claimed_at: now, state: SlotState::Claimed };
        return create(state, caller, order, &customer, slot).await.map(Opened::New);
    }
    Err(in_progress().into())
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

/// It was paid while the slot still showed it open: fulfil it, and look at the facts again.
async fn complete(state: &State, session: CheckoutSession, generation: u64, now: Timestamp) -> Result<Next, Failure> {
    let Some(heard) = Heard::from_session(session) else { return Ok(Next::Claim(generation)) };
    match fulfil::apply(&state.fulfil, &heard, now).await? {
        fulfil::Outcome::Applied => Ok(Next::ReadAgain),
        // The facts know it (it was given back, or it would have been refused): make way for a new one.
        fulfil::Outcome::Duplicate | fulfil::Outcome::NotOurs | fulfil::Outcome::Unassigned => {
            Ok(Next::Claim(generation))
        }
    }
}

fn too_many(now: Timestamp) -> Problem {
    let left = RATE_WINDOW_SECONDS - now.as_second().rem_euclid(RATE_WINDOW_SECONDS);
    let detail = "Too many checkouts in a minute.";
    Problem::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).after(left.unsigned_abs())
}

pub(crate) fn in_progress() -> Problem {
    let detail = "Another checkout for this product is being opened.";
    Problem::conflict("checkout_in_progress", detail).after(2)
}
