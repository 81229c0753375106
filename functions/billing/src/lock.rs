//! One change at a time: what a request decides by must not change before it has acted.

use std::future::Future;

use shared::HandlerError;
use shared::http::{Caller, Problem};

use crate::state::State;

/// Does the work while no other request changes the learner's subscriptions. Another one is told to try again: it was made of
/// what its sender saw before this change.
pub(crate) async fn with_subscription_lock<T>(
    state: &State,
    caller: &Caller,
    work: impl Future<Output = Result<T, HandlerError>>,
) -> Result<T, HandlerError> {
    let store = &state.fulfil.store;
    let Some(lock) = store.try_lock_subscriptions(&caller.user, store.now()).await? else {
        let cause = "another request is changing the learner's subscriptions";
        return Err(Problem::unavailable("subscription_changed", cause).with_retry_after(2).into());
    };
    let result = work.await;
    // What was done stays done; the lock runs out by itself.
    if let Err(error) = store.unlock_subscriptions(lock).await {
        tracing::warn!(%error, "the lock of the subscriptions was not given back");
    }
    result
}
