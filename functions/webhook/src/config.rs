//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup};
use shared::store::StoreConfig;
use shared::stripe::{StripeConfig, WebhookSecrets};

const SECRETS_HINT: &str = "the endpoint's signing secret, whsec_..; without it anybody could pay";

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Stripe account.
    pub stripe: StripeConfig,
    /// Read from `STRIPE_WEBHOOK_SECRET`: the endpoint's signing secrets, comma-separated while one is being rotated.
    pub secrets: WebhookSecrets,
    /// The table.
    pub store: StoreConfig,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is missing or malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            secrets: lookup.required_parsed("STRIPE_WEBHOOK_SECRET", SECRETS_HINT, WebhookSecrets::parse)?,
            stripe: StripeConfig::from_lookup(lookup)?,
            store: StoreConfig::from_lookup(lookup)?,
        })
    }
}
