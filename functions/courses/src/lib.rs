//! What the school offers, and what of it is open to the caller.

mod check_access;
mod list_courses;
mod show_catalog;
mod show_course;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use jiff::Timestamp;
use shared::domain::{Access, Catalog, Course, Fact, UserId, access};
use shared::http::Problem;
use shared::http::route::{self, Auth, Route};
use shared::store::{Store, StoreConfig};

/// The function's configuration: where the table is. Handlers need nothing but the store on it.
pub type Config = StoreConfig;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<Store>> {
    vec![
        Route::get("/catalog", Auth::Public, get(show_catalog::handle)),
        Route::get("/courses", Auth::SignedIn, get(list_courses::handle)),
        Route::get("/courses/{id}", Auth::SignedIn, get(show_course::handle)),
        Route::get("/courses/{id}/access", Auth::SignedIn, get(check_access::handle)),
    ]
}

/// The function.
pub fn router(store: Store) -> Router {
    route::router(routes(), store)
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
