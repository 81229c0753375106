//! DynamoDB, embedded: dynoxide on SQLite, for any DynamoDB client on the port.

use std::path::Path;

use dynoxide::Database;
use tokio::net::TcpListener;

use crate::StartError;
use crate::servers::Servers;

/// Serves the database in `file`, or one in memory, until `servers` stop.
pub(crate) fn serve(servers: &mut Servers, listener: TcpListener, file: Option<&Path>) -> Result<(), StartError> {
    let database = match file {
        Some(file) => Database::new(&file.to_string_lossy()),
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
