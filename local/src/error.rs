//! Why a stack does not start.

use std::io;
use std::path::PathBuf;

use shared::config::ConfigError;
use shared::store::StoreError;

use crate::gateway::RouteConflict;
use crate::identity::KeyError;
use crate::seed::SeedError;

/// Why a stack does not start. The cause is in the source: print the whole chain.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is in use, or may not be used.
    #[error("port {port} cannot be used; stop what listens there or choose another with {variable}")]
    Port {
        /// The port.
        port: u16,
        /// The variable that sets it.
        variable: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The directory for the state cannot be created or written.
    #[error("the directory {directory} cannot be used")]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another stack uses the directory for the state.
    #[error("`{directory}` is in use by another stack; stop it, or give --data-dir or --ephemeral")]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// The embedded DynamoDB cannot open its file.
    #[error("the embedded DynamoDB does not start: {0}")]
    Dynamodb(String),
    /// The table cannot be created or read.
    #[error("the table cannot be prepared")]
    Table(#[from] StoreError),
    /// The Stripe stand-in does not start.
    #[error(transparent)]
    StandIn(#[from] stripe_stand_in::OpenError),
    /// The Stripe stand-in cannot store the webhook endpoint.
    #[error(transparent)]
    StandInState(#[from] stripe_stand_in::StateError),
    /// The catalog cannot be loaded.
    #[error("the catalog has no product")]
    Seed(#[from] SeedError),
    /// The identity provider has no signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A variable of the functions is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Two functions have the same route.
    #[error(transparent)]
    RouteConflict(#[from] RouteConflict),
}
