//! Logs: JSON lines on standard output, for CloudWatch. Ids and numbers only; never personal data, secrets or payloads.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Starts logging and metrics to standard output; `RUST_LOG` narrows or widens the logs (default `info`).
pub fn init() {
    crate::metrics::enable();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call would fail; the first one's settings stay.
    let _ = tracing::subscriber::set_global_default(subscriber(filter, std::io::stdout));
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
