//! The Lambda function of the public catalog and of learners' courses.

use lambda_http::Error;
use shared::config::{Lookup, environment};
use shared::store::Store;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = courses::Config::from_lookup(&Lookup::new(&environment))?;
    lambda_http::run(courses::router(Store::warm(&config).await)).await
}
