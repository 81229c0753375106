//! Calls to Stripe that a response can do without.

use std::time::Duration;

use shared::stripe::StripeError;

/// Timeout of optional calls to Stripe. If one fails or times out, its part of the response is left out.
const OPTIONAL_CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// What Stripe answers to `what`, unless it fails or is slow.
pub(crate) async fn optional_within_timeout<T>(
    what: &'static str,
    call: impl Future<Output = Result<T, StripeError>>,
) -> Option<T> {
    match tokio::time::timeout(OPTIONAL_CALL_TIMEOUT, call).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::warn!(what, code = error.code(), "left out of the answer");
            None
        }
        Err(_) => {
            tracing::warn!(what, code = "timeout", "left out of the answer");
            None
        }
    }
}
