//! The Lambda function that says what a learner has.

use lambda_http::Error;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    lambda_http::run(entitlements::router(entitlements::State::from_environment().await?)).await
}
