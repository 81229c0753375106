//! The Lambda function that opens checkouts.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(checkout::router(checkout::State::from_environment().await?)).await }).await
}
