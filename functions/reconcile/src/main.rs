//! The Lambda function that a schedule calls.

use std::process::ExitCode;

use reconcile::State;
use shared::{scheduled, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async {
        let state = State::from_environment().await?;
        scheduled::run(|| reconcile::run(&state)).await
    })
    .await
}
