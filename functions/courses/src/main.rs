//! The Lambda function of the public catalog and of learners' courses.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(courses::router(courses::State::from_environment().await?)).await }).await
}
