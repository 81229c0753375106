//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup, true_or_false};
use shared::domain::{PublishableKey, RefundPolicy, SubscriptionPolicy};
use shared::policy;
use shared::store::StoreConfig;

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The table.
    pub store: StoreConfig,
    /// How patient the school is with subscriptions.
    pub policy: SubscriptionPolicy,
    /// Read from `STRIPE_PUBLISHABLE_KEY`, of the mode of `STRIPE_TEST_MODE`: the catalog shows it. Without it there are no payment
    /// intents.
    pub publishable_key: Option<PublishableKey>,
    /// Which refunds learners may ask for, for the catalog to say.
    pub refund_policy: RefundPolicy,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        let test_mode = lookup.parsed("STRIPE_TEST_MODE", true, true_or_false)?;
        let publishable_key =
            lookup.parsed("STRIPE_PUBLISHABLE_KEY", None, |key| PublishableKey::parse(key, test_mode).map(Some))?;
        Ok(Self {
            store: StoreConfig::from_lookup(lookup)?,
            policy: policy::from_lookup(lookup)?,
            refund_policy: policy::refunds_from_lookup(lookup)?,
            publishable_key,
        })
    }
}
