//! The webhook endpoint. It is public, so it does as little as possible before the signature is verified.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod receive;

use axum::Router;
use axum::routing::post;
use shared::aws;
use shared::config::{ConfigError, Lookup, environment};
use shared::fulfil;
use shared::http::route::{self, Auth, Route};
use shared::secrets;
use shared::store::{Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig, WebhookSecrets};

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
        const SECRET: &str = "STRIPE_WEBHOOK_SECRET";
        let secrets =
            lookup.required(SECRET, "the endpoint's signing secret, whsec_..; without it anybody could pay")?;
        let malformed = |reason: &str| ConfigError::Malformed { name: SECRET, reason: reason.to_owned() };
        Ok(Self {
            stripe: StripeConfig::from_lookup(lookup)?,
            secrets: WebhookSecrets::parse(&secrets).map_err(malformed)?,
            store: StoreConfig::from_lookup(lookup)?,
        })
    }
}

/// What the handler needs.
#[derive(Clone)]
pub struct State {
    fulfil: fulfil::Context,
    secrets: WebhookSecrets,
    livemode: bool,
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

/// The routes: one, behind a function URL.
pub fn routes() -> Vec<Route<State>> {
    vec![Route::post("/", Auth::Public, post(receive::handle))]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
