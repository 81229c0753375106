//! API Gateway v2 (HTTP API, payload format 2.0) events as Lambda receives them, and the responses that it
//! hands back. Function URLs use the same format.
//!
//! One encoder for everything that plays API Gateway: the local gateway, the local function URL, the tests of
//! `events/` and the benchmark.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

mod claims;
mod event;
mod response;

pub use claims::flatten_claims;
pub use event::{EventSource, Invocation};
pub use response::{LambdaResponse, LambdaResponseError};
