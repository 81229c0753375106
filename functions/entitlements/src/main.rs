//! The Lambda function that says what a learner has.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(entitlements::router(entitlements::State::from_environment().await?)).await })
        .await
}
