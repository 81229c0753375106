//! A call that changes something at Stripe, under one idempotency key, until Stripe has done it once or said no.
//!
//! Stripe keeps the answer to a key for a day, a 500 like any other, so a key could lock an operation for that long.
//! A key therefore has a number, and one rule raises it: a server error that comes back as a replay uses the number up.
//! Then Stripe is asked whether it happened after all, and if not, the next number is tried. Everything else keeps the
//! number: no answer at all, a key that is in use (409), too many requests (429), and a server error that is new.
//! Nothing is stored for it: a later request with the same key finds the same replays, and ends at the same number.
//! See <https://docs.stripe.com/api/idempotent_requests>.

use std::time::Duration;

use stripe_client_core::{IdempotencyKey, RequestStrategy, StripeRequest};
use tokio::time::sleep;

use crate::stripe::client::StripeClient;
use crate::stripe::error::StripeError;

/// The delay before a request is repeated after a server error.
const RETRY_DELAY: Duration = Duration::from_millis(150);
/// After as many failures under one key, a learner has to wait for a day.
const MAX_KEY_NUMBER: u32 = 100;

/// What a call changes, by its idempotency key.
#[derive(Clone, Copy)]
pub(super) struct Mutation<'a> {
    stripe: &'a StripeClient,
    key: &'a str,
}

impl<'a> Mutation<'a> {
    pub(super) fn new(stripe: &'a StripeClient, key: &'a str) -> Self {
        Self { stripe, key }
    }

    /// Sends a request that may be executed twice without harm: it sets a value, or it creates an object that nobody
    /// uses and that costs nothing.
    ///
    /// # Errors
    /// When Stripe refuses or does not answer.
    pub(super) async fn send<R>(self, request: R) -> Result<R::Output, StripeError>
    where
        R: StripeRequest,
        R::Output: miniserde::Deserialize,
    {
        self.send_unless(request, || std::future::ready(Ok(None))).await
    }

    /// Sends a request that must not be done twice: `find_result` looks whether one that was answered with a
    /// server error was done after all, and returns what it would have answered.
    ///
    /// # Errors
    /// When Stripe refuses or does not answer.
    pub(super) async fn send_unless<R, D, F>(self, request: R, find_result: D) -> Result<R::Output, StripeError>
    where
        R: StripeRequest,
        R::Output: miniserde::Deserialize,
        D: Fn() -> F,
        F: Future<Output = Result<Option<R::Output>, StripeError>>,
    {
        let mut has_failed = false;
        let mut number = 1;
        loop {
            match request.customize().request_strategy(self.strategy(number)?).send(self.stripe).await {
                Err(error) if error.is_replayed_failure() && number < MAX_KEY_NUMBER => {
                    if let Some(found) = find_result().await? {
                        return Ok(found);
                    }
                    number = number.saturating_add(1);
                }
                // One request uses up at most one key number.
                Err(error) if error.is_server_error() && !has_failed => {
                    has_failed = true;
                    sleep(RETRY_DELAY).await;
                }
                answer => return answer,
            }
        }
    }

    fn strategy(self, number: u32) -> Result<RequestStrategy, StripeError> {
        let key = if number == 1 { self.key.to_owned() } else { format!("{}:{number}", self.key) };
        IdempotencyKey::new(key)
            .map(RequestStrategy::Idempotent)
            .map_err(|_| StripeError::Unreadable { what: "an idempotency key of 1 to 255 characters".to_owned() })
    }
}
