//! What the handlers share.

use shared::config::{ConfigError, Lookup, environment};
use shared::domain::Currency;
use shared::http::{AppOrigins, StripeRateLimit};
use shared::store::{Store, StoreConfig};
use shared::stripe::StripeClient;
use shared::{aws, fulfil, secrets};

use crate::config::Config;

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    pub(crate) fulfil: fulfil::Context,
    pub(crate) origins: AppOrigins,
    pub(crate) currency: Currency,
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
            origins: config.origins.clone(),
            currency: config.currency,
            checkouts_per_minute: config.checkouts_per_minute,
            calls_per_minute: config.calls_per_minute,
        })
    }

    /// The state as the environment describes it: secrets fetched and catalog loaded at once, while Lambda still gives a
    /// full CPU.
    ///
    /// # Errors
    /// When a variable is missing or malformed, or a secret cannot be fetched.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let table = StoreConfig::from_lookup(&Lookup::new(&environment))?;
        let sdk = aws::from_environment()?;
        let (secrets, store) = tokio::join!(secrets::load(&sdk, &["STRIPE_SECRET_KEY"]), Store::warm(&sdk, &table));
        let secrets = secrets?;
        let find = |name: &str| secrets.get(name);
        Self::new(&Config::from_lookup(&Lookup::new(&find))?, store)
    }
}
