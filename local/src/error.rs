//! Why a stack does not start.

use std::io;
use std::path::PathBuf;

use shared::config::ConfigError;
use shared::store::StoreError;

use crate::gateway::RouteConflict;
use crate::identity::KeyError;
use crate::seed::SeedError;

/// Why a stack does not start, in words for the person who started it. The cause is the source: print the whole chain.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is taken, or may not be used.
    #[error("port {port} cannot be used; stop what listens there or choose another with {variable}")]
    Port {
        /// The port.
        port: u16,
        /// The variable that chooses it.
        variable: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// The directory for the state cannot be made or written.
    #[error("the directory {directory} cannot be used")]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Another stack has taken the directory for the state.
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
    /// The Stripe stand-in cannot keep the webhook's endpoint.
    #[error(transparent)]
    StandInState(#[from] stripe_stand_in::StateError),
    /// There is nothing to sell.
    #[error("there is nothing to sell")]
    Seed(#[from] SeedError),
    /// The signing key of the identity provider.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A variable that the functions need.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Two functions claim one route.
    #[error(transparent)]
    Route(#[from] RouteConflict),
}
