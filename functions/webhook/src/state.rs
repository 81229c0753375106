//! What the handler needs.

use shared::config::{ConfigError, Lookup, environment};
use shared::store::{Store, StoreConfig};
use shared::stripe::{StripeClient, WebhookSecrets};
use shared::{aws, fulfil, secrets};

use crate::config::Config;

/// What the handler needs.
#[derive(Clone)]
pub struct State {
    pub(crate) fulfil: fulfil::Context,
    pub(crate) secrets: WebhookSecrets,
    pub(crate) livemode: bool,
}

impl State {
    /// The state on a store and a Stripe account.
    ///
    /// # Errors
    /// When Stripe's key cannot be used.
    pub fn new(config: &Config, store: Store) -> Result<Self, ConfigError> {
        Ok(Self {
            fulfil: fulfil::Context::new(&config.stripe, StripeClient::new(&config.stripe)?, store),
            secrets: config.secrets.clone(),
            livemode: !config.stripe.test_mode,
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
        let (secrets, store) = tokio::join!(
            secrets::load(&sdk, &["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]),
            Store::warm(&sdk, &table)
        );
        let secrets = secrets?;
        let find = |name: &str| secrets.get(name);
        Self::new(&Config::from_lookup(&Lookup::new(&find))?, store)
    }
}
