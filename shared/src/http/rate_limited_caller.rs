//! Routes that call Stripe, which takes so many calls a second from all learners together.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::caller::Caller;
use super::problem::Problem;
use crate::store::Store;

/// The state of a function whose routes call Stripe.
pub trait StripeRateLimit: Sync {
    /// Where the requests are counted.
    fn store(&self) -> &Store;

    /// How many of them a learner may make in a minute.
    fn calls_per_minute(&self) -> u32;
}

/// The signed-in learner of a route that calls Stripe. The request counts against the learner's rate limit before
/// anything else is done, because Stripe's own limit is shared by all learners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimitedCaller(pub Caller);

impl<S: StripeRateLimit> FromRequestParts<S> for RateLimitedCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let (store, limit) = (state.store(), state.calls_per_minute());
        let now = store.now();
        if store.try_count_stripe_request(&caller.user, limit, now).await? {
            return Ok(Self(caller));
        }
        Err(Problem::rate_limited("Too many requests in a minute.", now))
    }
}

/// A variable that holds a number of calls: at least one.
///
/// # Errors
/// When it is none.
pub fn parse_per_minute(value: &str) -> Result<u32, &'static str> {
    value.parse().ok().filter(|calls| *calls > 0).ok_or("it has to be a whole number above 0")
}
