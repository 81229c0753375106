//! The Lambda function of referrals.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(referrals::router(referrals::State::from_environment().await?)).await }).await
}
