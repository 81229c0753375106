//! What the handlers share.

use std::sync::{Arc, OnceLock};

use shared::config::{ConfigError, Lookup};
use shared::domain::{RefundPolicy, SubscriptionPolicy};
use shared::fulfil;
use shared::http::{AppOrigins, StripeRateLimit};
use shared::startup::fetch_secrets_and_open_store;
use shared::store::Store;
use shared::stripe::StripeClient;

use crate::config::Config;

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    pub(crate) fulfil: fulfil::Context,
    pub(crate) origins: AppOrigins,
    pub(crate) policy: SubscriptionPolicy,
    pub(crate) refund_policy: RefundPolicy,
    /// The portal's configuration, once it was asked for.
    pub(crate) portal_configuration: Arc<OnceLock<String>>,
    pub(crate) calls_per_minute: u32,
}

impl StripeRateLimit for State {
    fn store(&self) -> &Store {
        &self.fulfil.store
    }

    fn calls_per_minute(&self) -> u32 {
        self.calls_per_minute
    }
}

impl State {
    /// The state on a store and a Stripe account.
    ///
    /// # Errors
    /// When Stripe's key cannot be used.
    pub fn new(config: &Config, store: Store) -> Result<Self, ConfigError> {
        let fulfil = fulfil::Context::new(&config.stripe, StripeClient::new(&config.stripe)?, store);
        let Config { origins, policy, refund_policy, calls_per_minute, .. } = config.clone();
        Ok(Self { fulfil, origins, policy, refund_policy, portal_configuration: Arc::default(), calls_per_minute })
    }

    /// The state as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or malformed, or a secret cannot be fetched.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let (environment, store) = fetch_secrets_and_open_store(&["STRIPE_SECRET_KEY"]).await?;
        Self::new(&Config::from_lookup(&Lookup::new(&|name| environment.get(name)))?, store)
    }
}
