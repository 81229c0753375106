//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup};
use shared::domain::{RefundPolicy, SubscriptionPolicy};
use shared::http::{AppOrigins, parse_per_minute};
use shared::policy;
use shared::store::StoreConfig;
use shared::stripe::StripeConfig;

const ORIGINS_HINT: &str = "the origins of your frontend, such as https://school.example";

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Stripe account.
    pub stripe: StripeConfig,
    /// The table.
    pub store: StoreConfig,
    /// Read from `APP_ORIGINS`: the frontend's origins, comma-separated. The portal leads back to nowhere else; by
    /// default, to the first.
    pub origins: AppOrigins,
    /// How patient the school is with subscriptions.
    pub policy: SubscriptionPolicy,
    /// Which refunds learners may ask for.
    pub refund_policy: RefundPolicy,
    /// Read from `CALLS_PER_MINUTE`, default 60: how many requests that call Stripe a learner may make in a minute.
    pub calls_per_minute: u32,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is missing or malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            stripe: StripeConfig::from_lookup(lookup)?,
            store: StoreConfig::from_lookup(lookup)?,
            origins: lookup.required_parsed("APP_ORIGINS", ORIGINS_HINT, AppOrigins::parse)?,
            policy: policy::from_lookup(lookup)?,
            refund_policy: policy::refunds_from_lookup(lookup)?,
            calls_per_minute: lookup.parsed("CALLS_PER_MINUTE", 60, parse_per_minute)?,
        })
    }
}
