//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup};
use shared::domain::ReferralPolicy;
use shared::http::AppOrigins;
use shared::policy;
use shared::store::StoreConfig;

const ORIGINS_HINT: &str = "the origins of your frontend, such as https://school.example";

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The table.
    pub store: StoreConfig,
    /// Read from `APP_ORIGINS`: the frontend's origins, comma-separated. Links lead to the first.
    pub origins: AppOrigins,
    /// What referrals earn, and when.
    pub policy: ReferralPolicy,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is missing or malformed, or credit could be spent while the payment that earned it can still be refunded.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            store: StoreConfig::from_lookup(lookup)?,
            origins: lookup.required_parsed("APP_ORIGINS", ORIGINS_HINT, AppOrigins::parse)?,
            policy: policy::referrals_from_lookup(lookup)?,
        })
    }
}
