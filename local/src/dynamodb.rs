//! DynamoDB, embedded: dynoxide on SQLite, for any DynamoDB client on the port.

use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use dynoxide::Database;
use tokio::net::TcpListener;

use crate::error::StartError;
use crate::servers::Servers;

/// Serves the database kept in `directory`, or one in memory, until `servers` stop.
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

/// How the AWS SDK reaches the DynamoDB at `url`. Nothing is read from the environment, so that no test or local run
/// ever reaches an AWS account by accident; the embedded database takes any credentials.
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
