//! From a schedule's event to a function's work, which answers with a report.

use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use serde::Serialize;
use serde::de::IgnoredAny;

/// Does `work` at every invocation, whatever the event says, until the process ends. An error is the invocation's.
///
/// # Errors
/// When Lambda's Runtime API does not answer.
pub async fn run<W, F, R, E>(work: W) -> Result<(), Error>
where
    W: Fn() -> F,
    F: Future<Output = Result<R, E>>,
    R: Serialize,
    E: Into<Error>,
{
    lambda_runtime::run(service_fn(|_: LambdaEvent<IgnoredAny>| async { work().await.map_err(Into::into) })).await
}
