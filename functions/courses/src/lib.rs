//! What the school offers, and what of it is open to the caller.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod check_access;
mod list_courses;
mod show_catalog;
mod show_course;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use shared::aws;
use shared::config::{ConfigError, Lookup, environment};
use shared::domain::{Access, Catalog, Course, Fact, SubscriptionPolicy, UserId, decide_access};
use shared::http::Problem;
use shared::http::route::{self, Auth, Route};
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
        Route::get("/catalog", Auth::Public, get(show_catalog::handle)),
        Route::get("/courses", Auth::SignedIn, get(list_courses::handle)),
        Route::get("/courses/{id}", Auth::SignedIn, get(show_course::handle)),
        Route::get("/courses/{id}/access", Auth::SignedIn, get(check_access::handle)),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}

/// The catalog and the caller's facts; both calls run at once, and the first one is rarely needed.
async fn load_catalog_and_facts(store: &Store, user: &UserId) -> Result<(Arc<Catalog>, Vec<Fact>), Problem> {
    let (catalog, facts) = tokio::try_join!(store.catalog(), store.facts(user))?;
    Ok((catalog, facts.into_iter().map(|fact| fact.value).collect()))
}

fn find_course<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Course, Problem> {
    catalog.course(id).ok_or_else(|| Problem::not_found("There is no such course."))
}

fn course_access(state: &State, catalog: &Catalog, facts: &[Fact], course: &Course) -> Access {
    decide_access(state.store.now(), &state.policy, facts, catalog.access_target(course))
}
