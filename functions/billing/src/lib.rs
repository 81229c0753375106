//! A learner's subscription: how it stands, what is to be paid, and what can be changed about it.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod cancel_subscription;
mod change_subscription;
mod learner_facts;
mod list_invoices;
mod open_portal;
mod payment_problem;
mod planned_change;
mod preview_change;
mod refresh;
mod requested_price;
mod resume_subscription;
mod show_subscription;
mod subscription_response;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::routing::{get, post};
use shared::config::{ConfigError, Lookup, environment};
use shared::domain::SubscriptionPolicy;
use shared::http::route::{self, Auth, Route};
use shared::http::{AppOrigins, StripeRateLimit, parse_per_minute};
use shared::store::{Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig};
use shared::{aws, fulfil, policy, secrets};

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The Stripe account.
    pub stripe: StripeConfig,
    /// The table.
    pub store: StoreConfig,
    /// Read from `APP_ORIGINS`: the frontend's origins, comma-separated. The portal leads back to nowhere else; without
    /// another wish, to the first.
    pub origins: AppOrigins,
    /// How patient the school is with subscriptions.
    pub policy: SubscriptionPolicy,
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
        let malformed = |reason: &str| ConfigError::Malformed { name: ORIGINS, reason: reason.to_owned() };
        Ok(Self {
            stripe: StripeConfig::from_lookup(lookup)?,
            store: StoreConfig::from_lookup(lookup)?,
            origins: AppOrigins::parse(&origins).map_err(malformed)?,
            policy: policy::from_lookup(lookup)?,
            calls_per_minute: lookup.parsed("CALLS_PER_MINUTE", 60, parse_per_minute)?,
        })
    }
}

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    fulfil: fulfil::Context,
    origins: AppOrigins,
    policy: SubscriptionPolicy,
    /// The portal's configuration, once it was asked for.
    portal_configuration: Arc<OnceLock<String>>,
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
        let fulfil = fulfil::Context::new(&config.stripe, StripeClient::new(&config.stripe)?, store);
        let Config { origins, policy, calls_per_minute, .. } = config.clone();
        Ok(Self { fulfil, origins, policy, portal_configuration: Arc::default(), calls_per_minute })
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
    const SIGNED_IN: Auth = Auth::SignedIn;
    vec![
        Route::get("/billing/subscription", SIGNED_IN, get(show_subscription::handle)),
        Route::post("/billing/subscription/cancel", SIGNED_IN, post(cancel_subscription::handle)),
        Route::post("/billing/subscription/resume", SIGNED_IN, post(resume_subscription::handle)),
        Route::post("/billing/subscription/change", SIGNED_IN, post(change_subscription::handle)),
        Route::post("/billing/subscription/change/preview", SIGNED_IN, post(preview_change::handle)),
        Route::post("/billing/portal", SIGNED_IN, post(open_portal::handle)),
        Route::get("/billing/invoices", SIGNED_IN, get(list_invoices::handle)),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
