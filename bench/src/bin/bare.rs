//! The floor: what any function costs that answers through `lambda_http` and axum, before it does anything.

use axum::{Json, Router};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::run(Router::new().fallback(async || Json("nothing"))).await
}
