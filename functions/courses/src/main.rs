//! The Lambda function of the public catalog and of learners' courses.

use lambda_http::Error;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    lambda_http::run(courses::router(courses::State::from_environment().await?)).await
}
