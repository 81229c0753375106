//! The Lambda function that lists what a learner has.

use lambda_http::Error;
use shared::config::{Lookup, environment};
use shared::store::Store;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = entitlements::Config::from_lookup(&Lookup::new(&environment))?;
    lambda_http::run(entitlements::router(Store::warm(&config).await)).await
}
