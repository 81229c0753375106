//! What the handlers share.

use shared::config::{ConfigError, Lookup};
use shared::domain::{Currency, PublishableKey, ReferralPolicy};
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
    pub(crate) publishable_key: Option<PublishableKey>,
    pub(crate) origins: AppOrigins,
    pub(crate) currency: Currency,
    pub(crate) referral_policy: ReferralPolicy,
    pub(crate) checkouts_per_minute: u32,
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
        Ok(Self {
            fulfil: fulfil::Context::new(&config.stripe, StripeClient::new(&config.stripe)?, store),
            publishable_key: config.publishable_key.clone(),
            origins: config.origins.clone(),
            currency: config.currency,
            referral_policy: config.referral_policy.clone(),
            checkouts_per_minute: config.checkouts_per_minute,
            calls_per_minute: config.calls_per_minute,
        })
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
