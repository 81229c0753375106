//! What a learner has, one answer per product, and what the learner may use, one per meter.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod consume_usage;
mod list_entitlements;
mod show_entitlement;
mod show_usage;
mod usage;

use axum::Router;
use axum::routing::{get, post};
use serde::Serialize;
use shared::aws;
use shared::config::{ConfigError, Lookup, environment};
use shared::domain::{AccessTarget, CourseId, Fact, Product, ProductId, SubscriptionPolicy, UserId, decide_access};
use shared::http::route::{self, Auth, Route};
use shared::http::{AccessResponse, Problem};
use shared::policy;
use shared::store::{Store, StoreConfig};

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The table.
    pub store: StoreConfig,
    /// How patient the school is with subscriptions.
    pub policy: SubscriptionPolicy,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self { store: StoreConfig::from_lookup(lookup)?, policy: policy::from_lookup(lookup)? })
    }
}

/// What the handlers need.
#[derive(Clone)]
pub struct State {
    store: Store,
    policy: SubscriptionPolicy,
}

impl State {
    /// The state on a store.
    pub fn new(config: &Config, store: Store) -> Self {
        Self { store, policy: config.policy }
    }

    /// The state as the environment describes it, with the catalog loaded.
    ///
    /// # Errors
    /// When a variable is malformed.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let config = Config::from_lookup(&Lookup::new(&environment))?;
        Ok(Self::new(&config, Store::warm(&aws::from_environment()?, &config.store).await))
    }
}

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    vec![
        Route::get("/entitlements", Auth::SignedIn, get(list_entitlements::handle)),
        Route::get("/entitlements/{product}", Auth::SignedIn, get(show_entitlement::handle)),
        Route::get("/usage", Auth::SignedIn, get(show_usage::handle)),
        Route::post("/usage/{meter}", Auth::SignedIn, post(consume_usage::handle)),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}

/// A product, what it opens, and whether the caller has it.
#[derive(Debug, Serialize)]
struct EntitlementResponse {
    product: ProductId,
    name: Option<String>,
    courses: Vec<CourseId>,
    #[serde(flatten)]
    access: AccessResponse,
}

impl EntitlementResponse {
    /// `listed` is `None` for something that is not sold any more: what was bought stays bought.
    fn for_product(state: &State, product: &ProductId, listed: Option<&Product>, facts: &[Fact]) -> Self {
        let is_free_plan = listed.is_some_and(Product::is_free_plan);
        let target = if is_free_plan { AccessTarget::Free } else { AccessTarget::AnyOf(std::slice::from_ref(product)) };
        Self {
            product: product.clone(),
            name: listed.map(|listed| listed.name.clone()),
            courses: listed.map(|listed| listed.courses.clone()).unwrap_or_default(),
            access: decide_access(state.store.now(), &state.policy, facts, target).into(),
        }
    }
}

async fn load_facts(store: &Store, user: &UserId) -> Result<Vec<Fact>, Problem> {
    Ok(store.facts(user).await?.into_iter().map(|fact| fact.value).collect())
}
