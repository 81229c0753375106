//! The Lambda function that lets assistants use the API, by the Model Context Protocol.

use std::process::ExitCode;

use shared::{http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(async { http::run(mcp::router(mcp::State::from_environment()?)).await }).await
}
