//! What the school offers, and what of it is open to the caller.

mod check_access;
mod list_courses;
mod show_catalog;
mod show_course;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use jiff::Timestamp;
use shared::config::{ConfigError, Lookup, environment};
use shared::domain::{Access, Catalog, Course, Fact, UserId, access};
use shared::http::Problem;
use shared::http::route::{self, Auth, Route};
use shared::store::{Store, StoreConfig};

/// What the handlers need: the table.
#[derive(Clone, FromRef)]
pub struct State {
    store: Store,
}

impl State {
    /// The state on a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The state as the environment describes it, with the catalog loaded and the connection open while Lambda still
    /// gives a full CPU.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub async fn from_environment() -> Result<Self, ConfigError> {
        let config = StoreConfig::from_lookup(&Lookup::new(&environment))?;
        Ok(Self::new(Store::warm(&config).await))
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
async fn load(store: &Store, user: &UserId) -> Result<(Arc<Catalog>, Vec<Fact>), Problem> {
    let (catalog, facts) = tokio::try_join!(store.catalog(), store.facts(user))?;
    Ok((catalog, facts.into_iter().map(|fact| fact.value).collect()))
}

fn find<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Course, Problem> {
    catalog.course(id).ok_or_else(|| Problem::not_found("There is no such course."))
}

fn decide(catalog: &Catalog, facts: &[Fact], course: &Course) -> Access {
    access(Timestamp::now(), facts, catalog.door(course))
}
