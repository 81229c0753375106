//! One change at a time: a subscription must not change between a request's decision and its call to Stripe.

use std::future::Future;

use shared::HandlerError;
use shared::http::{Caller, Problem};

use crate::state::State;

/// Does the work while no other request changes the learner's subscriptions. Another request
/// gets 503 `subscription_changed`: its sender has not seen this change yet. A request that is cut off keeps the lock until it
/// expires, as Stripe may still be executing its call.
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
    // The change is made, and the lock expires by itself.
    if let Err(error) = store.unlock_subscriptions(lock).await {
        tracing::warn!(%error, "the lock of the subscriptions was not released");
    }
    result
}
