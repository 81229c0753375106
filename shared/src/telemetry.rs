//! Logs: JSON lines on standard output, for CloudWatch.

use tracing_subscriber::EnvFilter;

/// Starts logging; `RUST_LOG` narrows or widens it (default `info`).
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call would fail; the first one's settings stay.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .try_init();
}
