//! The Lambda function of the operators' routes.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(admin::router(admin::State::from_environment().await?)).await }).await
}
