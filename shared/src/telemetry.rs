//! Logs: JSON lines on standard output, for CloudWatch. Ids and numbers only; never personal data, secrets or payloads.

use std::error::Error;
use std::process::ExitCode;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What `lambda_http::run` returns.
type Served = Result<(), Box<dyn Error + Send + Sync>>;

/// The whole of a function: logs and metrics to standard output, then `serve`, until Lambda ends the process.
/// `RUST_LOG` narrows or widens the logs (default `info`). When `serve` fails, a line of the log says why, and the exit
/// code tells Lambda.
pub async fn run(serve: impl Future<Output = Served>) -> ExitCode {
    crate::metrics::enable();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
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

/// One JSON object a line, through `filter`, to `writer`.
pub fn subscriber<W>(filter: EnvFilter, writer: W) -> impl Subscriber
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
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
        let exit = tracing::subscriber::with_default(subscriber(EnvFilter::new("info"), Mutex::new(writer)), || {
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
