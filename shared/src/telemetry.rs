//! Logs: JSON lines on standard output, for CloudWatch. Ids and numbers only; never personal data, secrets or payloads.

use std::error::Error;
use std::process::ExitCode;

use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;

use crate::config::environment;

/// What `lambda_http::run` returns.
type ServeResult = Result<(), Box<dyn Error + Send + Sync>>;

/// The whole of a function: logs and metrics to standard output, then `serve`, until Lambda ends the process. When `serve` fails, a
/// line of the log says why, and the exit code tells Lambda.
///
/// Read from `RUST_LOG`, default `info`: what is logged, as in `webhook=debug,info`; never more than `debug`.
pub async fn run(serve: impl Future<Output = ServeResult>) -> ExitCode {
    crate::metrics::enable();
    let filter = environment("RUST_LOG").and_then(|directives| directives.parse().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    // A second call would fail; the first one's settings stay.
    let _ = tracing::subscriber::set_global_default(subscriber(filter, std::io::stdout));
    exit_code(serve.await)
}

fn exit_code(served: ServeResult) -> ExitCode {
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function does not run");
            ExitCode::FAILURE
        }
    }
}

/// One JSON object a line, through `filter`, to `writer`. Not an `EnvFilter`: it links regular expressions. Whatever the
/// filter says, nothing finer than `debug` is written: at `trace`, the Lambda runtime and the AWS SDK print whole events
/// and requests, with tokens and learners' addresses. The MCP SDK prints messages and results below `error`.
pub fn subscriber<W>(filter: Targets, writer: W) -> impl Subscriber
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    let finest = Targets::new().with_default(LevelFilter::DEBUG).with_target("rmcp", LevelFilter::ERROR);
    tracing_subscriber::registry().with(filter).with(finest).with(lines.with_writer(writer))
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

    /// What is logged through the filter while `work` runs.
    fn logged(filter: &str, work: impl FnOnce()) -> String {
        let (mut log, writer) = std::io::pipe().unwrap();
        tracing::subscriber::with_default(subscriber(filter.parse().unwrap(), Mutex::new(writer)), work);
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn nothing_finer_than_debug_is_logged_whatever_is_asked_for() {
        let text = logged("trace,lambda_runtime=trace", || {
            tracing::trace!(target: "lambda_runtime", "raw event");
            tracing::trace!("everything");
            tracing::debug!("enough");
        });
        assert!(text.contains("enough") && text.lines().count() == 1, "{text}");
    }

    #[test]
    fn the_mcp_sdk_logs_no_messages_whatever_is_asked_for() {
        let text = logged("trace,rmcp=trace,rmcp::service=trace", || {
            tracing::warn!(target: "rmcp::service", "a message");
            tracing::error!(target: "rmcp::service", "a defect");
        });
        assert!(text.contains("a defect") && text.lines().count() == 1, "{text}");
    }

    #[test]
    fn a_function_that_cannot_start_says_why_in_a_sentence() {
        let missing = Missing { name: "STRIPE_SECRET_KEY" };
        let text = logged("info", || assert_eq!(exit_code(Err(missing.into())), ExitCode::FAILURE));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["error"], "STRIPE_SECRET_KEY is not set");
    }
}
