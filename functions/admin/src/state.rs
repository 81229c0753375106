//! What the handlers share.

use std::sync::Arc;

use shared::config::{ConfigError, Lookup};
use shared::domain::{RefundPolicy, SubscriptionPolicy};
use shared::fulfil;
use shared::http::GroupsClaim;
use shared::startup::fetch_secrets_and_open_store;
use shared::store::Store;
use shared::stripe::StripeClient;

use crate::config::Config;

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    pub(crate) fulfil: fulfil::Context,
    pub(crate) policy: SubscriptionPolicy,
    pub(crate) refund_policy: RefundPolicy,
    groups_claim: Arc<str>,
}

impl GroupsClaim for State {
    fn groups_claim(&self) -> &str {
        &self.groups_claim
    }
}

impl State {
    /// The state on a store and a Stripe account.
    ///
    /// # Errors
    /// When Stripe's key cannot be used.
    pub fn new(config: &Config, store: Store) -> Result<Self, ConfigError> {
        let fulfil = fulfil::Context::new(&config.stripe, StripeClient::new(&config.stripe)?, store);
        let Config { policy, refund_policy, groups_claim, .. } = config.clone();
        Ok(Self { fulfil, policy, refund_policy, groups_claim: groups_claim.into() })
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
