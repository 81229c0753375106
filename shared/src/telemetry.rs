//! Logs: JSON lines on standard output, for CloudWatch. Ids and numbers only; never personal data, secrets or payloads.

use std::error::Error;
use std::process::ExitCode;

use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;

use crate::config::environment;

/// What `lambda_http::run` returns.
type Served = Result<(), Box<dyn Error + Send + Sync>>;

/// The whole of a function: logs and metrics to standard output, then `serve`, until Lambda ends the process.
/// `RUST_LOG` narrows or widens the logs (default `info`, or as in `webhook=debug,info`). When `serve` fails, a line of the
/// log says why, and the exit code tells Lambda.
pub async fn run(serve: impl Future<Output = Served>) -> ExitCode {
    crate::metrics::enable();
    let filter = environment("RUST_LOG").and_then(|directives| directives.parse().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    // A second call would fail; the first one's settings stay.
    let _ = tracing::subscriber::set_global_default(subscriber(filter, std::io::stdout));
    ended(serve.await)
}

fn ended(served: Served) -> ExitCode {
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function does not run");
            ExitCode::FAILURE
        }
    }
}

/// One JSON object a line, through `filter`, to `writer`. Not an `EnvFilter`: it links regular expressions.
pub fn subscriber<W>(filter: Targets, writer: W) -> impl Subscriber
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    tracing_subscriber::registry().with(filter).with(lines.with_writer(writer))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{name} is not set")]
    struct Missing {
        name: &'static str,
    }

    #[test]
    fn a_function_that_cannot_start_says_why_in_a_sentence() {
        let (mut log, writer) = std::io::pipe().unwrap();
        let missing = Missing { name: "STRIPE_SECRET_KEY" };
        let exit = tracing::subscriber::with_default(subscriber("info".parse().unwrap(), Mutex::new(writer)), || {
            ended(Err(missing.into()))
        });
        assert_eq!(exit, ExitCode::FAILURE);
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["error"], "STRIPE_SECRET_KEY is not set");
    }
}
