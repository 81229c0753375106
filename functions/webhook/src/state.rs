//! What the handler needs.

use shared::config::{ConfigError, Lookup};
use shared::fulfil;
use shared::startup::fetch_secrets_and_open_store;
use shared::store::Store;
use shared::stripe::{StripeClient, WebhookSecrets};

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

    /// The state as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or malformed, or a secret cannot be fetched.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let (environment, store) =
            fetch_secrets_and_open_store(&["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]).await?;
        Self::new(&Config::from_lookup(&Lookup::new(&|name| environment.get(name)))?, store)
    }
}
