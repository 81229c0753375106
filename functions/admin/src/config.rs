//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup};
use shared::domain::{RefundPolicy, SubscriptionPolicy};
use shared::http::parse_groups_claim;
use shared::policy;
use shared::store::StoreConfig;
use shared::stripe::StripeConfig;

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Stripe account.
    pub stripe: StripeConfig,
    /// The table.
    pub store: StoreConfig,
    /// How patient the school is with subscriptions.
    pub policy: SubscriptionPolicy,
    /// What learners may ask for. Operators decide beyond it.
    pub refund_policy: RefundPolicy,
    /// Read from `GROUPS_CLAIM`, default `cognito:groups`: the claim of the token that lists the user's groups.
    pub groups_claim: String,
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
            policy: policy::from_lookup(lookup)?,
            refund_policy: policy::refunds_from_lookup(lookup)?,
            groups_claim: lookup.parsed("GROUPS_CLAIM", "cognito:groups".to_owned(), parse_groups_claim)?,
        })
    }
}
