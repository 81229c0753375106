//! The Lambda function that opens checkouts.

use lambda_http::Error;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    lambda_http::run(checkout::router(checkout::State::from_environment().await?)).await
}
