//! The embedded DynamoDB: dynoxide on SQLite, with DynamoDB's HTTP API.

use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use dynoxide::Database;
use tokio::net::TcpListener;

use crate::error::StartError;
use crate::servers::Servers;

/// Serves the database in `directory`, or one in memory, until `servers` stop.
pub(crate) fn serve(servers: &mut Servers, listener: TcpListener, directory: Option<&Path>) -> Result<(), StartError> {
    let database = match directory {
        Some(directory) => Database::new(&directory.join("dynamodb.sqlite").to_string_lossy()),
        None => Database::memory(),
    }
    .map_err(|error| StartError::Dynamodb(error.to_string()))?;
    let stopped = servers.stopped();
    servers.run(async move {
        if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, stopped).await {
            tracing::error!(error, "the embedded DynamoDB stopped");
        }
    });
    Ok(())
}

/// The AWS configuration for the DynamoDB at `url`. It reads nothing from the environment, so that no test or local
/// run can reach an AWS account by accident. The embedded database accepts any credentials.
pub fn sdk_config(url: &str) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "the local stack");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(shared::aws::http_client())
        .build()
}
