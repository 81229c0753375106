//! The Lambda function behind the function URL that Stripe calls.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(webhook::router(webhook::State::from_environment().await?)).await }).await
}
