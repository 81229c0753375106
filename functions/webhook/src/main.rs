//! The Lambda function behind the function URL that Stripe calls.

use lambda_http::Error;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    lambda_http::run(webhook::router(webhook::State::from_environment().await?)).await
}
