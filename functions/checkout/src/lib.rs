//! Opens checkouts, and fulfils them when the learner comes back before the webhook does.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod create_session;
mod find_price;
mod show_session;
mod slot;
mod stripe_session;
mod validated_checkout;

use axum::Router;
use axum::routing::{get, post};
use shared::aws;
use shared::config::{ConfigError, Lookup, environment};
use shared::domain::Currency;
use shared::fulfil;
use shared::http::route::{self, Auth, Route};
use shared::http::{AppOrigins, StripeRateLimit, parse_per_minute};
use shared::secrets;
use shared::store::{Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig};

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Stripe account.
    pub stripe: StripeConfig,
    /// The table.
    pub store: StoreConfig,
    /// Read from `APP_ORIGINS`: the frontend's origins, comma-separated. Checkouts return nowhere else; without other
    /// wishes they return to the first.
    pub origins: AppOrigins,
    /// Read from `DEFAULT_CURRENCY`, default `usd`: what a course is sold in when the request names no currency.
    pub currency: Currency,
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
        const ORIGINS: &str = "APP_ORIGINS";
        let origins = lookup.required(ORIGINS, "the origins of your frontend, such as https://school.example")?;
        #[expect(clippy::expect_used, reason = "a constant that fits")]
        let default_currency = Currency::parse("usd").expect("three letters");
        let malformed = |reason: &str| ConfigError::Malformed { name: ORIGINS, reason: reason.to_owned() };
        Ok(Self {
            stripe: StripeConfig::from_lookup(lookup)?,
            store: StoreConfig::from_lookup(lookup)?,
            origins: AppOrigins::parse(&origins).map_err(malformed)?,
            currency: lookup.parsed("DEFAULT_CURRENCY", default_currency, Currency::parse)?,
            checkouts_per_minute: lookup.parsed("CHECKOUTS_PER_MINUTE", 10, parse_per_minute)?,
            calls_per_minute: lookup.parsed("CALLS_PER_MINUTE", 60, parse_per_minute)?,
        })
    }
}

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    fulfil: fulfil::Context,
    origins: AppOrigins,
    currency: Currency,
    checkouts_per_minute: u32,
    calls_per_minute: u32,
}

impl StripeRateLimit for State {
    fn store(&self) -> &Store {
        &self.fulfil.store
    }

    fn calls_per_minute(&self) -> u32 {
        self.calls_per_minute
    }
}

impl State {
    /// The state on a store and a Stripe account.
    ///
    /// # Errors
    /// When Stripe's key cannot be used.
    pub fn new(config: &Config, store: Store) -> Result<Self, ConfigError> {
        Ok(Self {
            fulfil: fulfil::Context::new(&config.stripe, StripeClient::new(&config.stripe)?, store),
            origins: config.origins.clone(),
            currency: config.currency,
            checkouts_per_minute: config.checkouts_per_minute,
            calls_per_minute: config.calls_per_minute,
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
        let (secrets, store) = tokio::join!(secrets::load(&sdk, &["STRIPE_SECRET_KEY"]), Store::warm(&sdk, &table));
        let secrets = secrets?;
        let find = |name: &str| secrets.get(name);
        Self::new(&Config::from_lookup(&Lookup::new(&find))?, store)
    }
}

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    vec![
        Route::post("/checkout/sessions", Auth::SignedIn, post(create_session::handle)),
        Route::get("/checkout/sessions/{id}", Auth::SignedIn, get(show_session::handle)),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
