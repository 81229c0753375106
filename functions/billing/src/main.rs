//! The Lambda function that shows and changes subscriptions.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(billing::router(billing::State::from_environment().await?)).await }).await
}
