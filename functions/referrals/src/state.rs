//! What the handlers share.

use shared::aws;
use shared::config::{ConfigError, Lookup, environment};
use shared::domain::ReferralPolicy;
use shared::http::AppOrigins;
use shared::store::Store;

use crate::config::Config;

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    pub(crate) store: Store,
    pub(crate) origins: AppOrigins,
    pub(crate) policy: ReferralPolicy,
}

impl State {
    /// The state on a store.
    pub fn new(config: &Config, store: Store) -> Self {
        Self { store, origins: config.origins.clone(), policy: config.policy.clone() }
    }

    /// The state as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let config = Config::from_lookup(&Lookup::new(&environment))?;
        // The catalog is not needed, but reading it opens the connection while Lambda gives a full CPU.
        Ok(Self::new(&config, Store::warm(&aws::from_environment()?, &config.store).await))
    }
}
