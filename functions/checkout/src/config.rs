//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup};
use shared::domain::{Currency, PublishableKey, ReferralPolicy};
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
    /// Read from `STRIPE_PUBLISHABLE_KEY`: `pk_test_..` (`pk_live_..` when `STRIPE_TEST_MODE` is false). Without it there are no payment
    /// intents.
    pub publishable_key: Option<PublishableKey>,
    /// Read from `APP_ORIGINS`: the frontend's origins, comma-separated. Checkouts return nowhere else; by default,
    /// to the first.
    pub origins: AppOrigins,
    /// Read from `DEFAULT_CURRENCY`, default `usd`: the currency of a course or plan when the request names none. If there is no
    /// price in it, the first price counts.
    pub currency: Currency,
    /// What referrals earn, and when it can be spent.
    pub referral_policy: ReferralPolicy,
    /// Read from `CHECKOUTS_PER_MINUTE`, default 10: how many checkouts a learner may begin in a minute.
    pub checkouts_per_minute: u32,
    /// Read from `CALLS_PER_MINUTE`, default 60: how many requests that call Stripe a learner may make in a minute.
    pub calls_per_minute: u32,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is missing or malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        #[expect(clippy::expect_used, reason = "a constant that fits")]
        let default_currency = Currency::parse("usd").expect("three letters");
        let stripe = StripeConfig::from_lookup(lookup)?;
        let test_mode = stripe.test_mode;
        Ok(Self {
            stripe,
            store: StoreConfig::from_lookup(lookup)?,
            publishable_key: lookup
                .parsed("STRIPE_PUBLISHABLE_KEY", None, |key| PublishableKey::parse(key, test_mode).map(Some))?,
            origins: lookup.required_parsed("APP_ORIGINS", ORIGINS_HINT, AppOrigins::parse)?,
            currency: lookup.parsed("DEFAULT_CURRENCY", default_currency, Currency::parse)?,
            referral_policy: policy::referrals_from_lookup(lookup)?,
            checkouts_per_minute: lookup.parsed("CHECKOUTS_PER_MINUTE", 10, parse_per_minute)?,
            calls_per_minute: lookup.parsed("CALLS_PER_MINUTE", 60, parse_per_minute)?,
        })
    }
}
