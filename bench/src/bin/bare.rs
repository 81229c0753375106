//! The bare function: the minimal cost of a function with `lambda_http` and axum that does nothing.

use axum::{Json, Router};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::run(Router::new().fallback(async || Json("nothing"))).await
}
