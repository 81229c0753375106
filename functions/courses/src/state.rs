//! What the handlers share.

use shared::aws;
use shared::config::{ConfigError, Lookup, environment};
use shared::domain::{PublishableKey, RefundPolicy, SubscriptionPolicy};
use shared::store::Store;

use crate::config::Config;

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    pub(crate) store: Store,
    pub(crate) policy: SubscriptionPolicy,
    pub(crate) publishable_key: Option<PublishableKey>,
    pub(crate) refund_policy: RefundPolicy,
}

impl State {
    /// The state on a store.
    pub fn new(config: &Config, store: Store) -> Self {
        let publishable_key = config.publishable_key.clone();
        Self { store, policy: config.policy, refund_policy: config.refund_policy, publishable_key }
    }

    /// The state as the environment describes it, with the catalog loaded.
    ///
    /// # Errors
    /// When a variable is malformed.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let config = Config::from_lookup(&Lookup::new(&environment))?;
        Ok(Self::new(&config, Store::warm(&aws::from_environment()?, &config.store).await))
    }
}
