//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup};
use shared::domain::SubscriptionPolicy;
use shared::policy;
use shared::store::StoreConfig;

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The table.
    pub store: StoreConfig,
    /// How patient the school is with subscriptions.
    pub policy: SubscriptionPolicy,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self { store: StoreConfig::from_lookup(lookup)?, policy: policy::from_lookup(lookup)? })
    }
}
