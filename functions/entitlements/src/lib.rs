//! What a learner has: one answer per product.

mod list_entitlements;
mod show_entitlement;

use axum::Router;
use axum::routing::get;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::{CourseId, Door, Fact, Product, ProductId, UserId, access};
use shared::http::route::{self, Auth, Route};
use shared::http::{AccessAnswer, Problem};
use shared::store::{Store, StoreConfig};

/// The function's configuration: where the table is. Handlers need nothing but the store on it.
pub type Config = StoreConfig;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<Store>> {
    vec![
        Route::get("/entitlements", Auth::SignedIn, get(list_entitlements::handle)),
        Route::get("/entitlements/{product}", Auth::SignedIn, get(show_entitlement::handle)),
    ]
}

/// The function.
pub fn router(store: Store) -> Router {
    route::router(routes(), store)
}

/// A product, what it opens, and whether the caller has it.
#[derive(Debug, Serialize)]
struct Entitlement {
    product: ProductId,
    name: Option<String>,
    courses: Vec<CourseId>,
    #[serde(flatten)]
    access: AccessAnswer,
}

impl Entitlement {
    /// `listed` is `None` for something that is not sold any more: what was bought stays bought.
    fn of(product: &ProductId, listed: Option<&Product>, facts: &[Fact]) -> Self {
        Self {
            product: product.clone(),
            name: listed.map(|listed| listed.name.clone()),
            courses: listed.map(|listed| listed.courses.clone()).unwrap_or_default(),
            access: access(Timestamp::now(), facts, Door::OpenedBy(std::slice::from_ref(product))).into(),
        }
    }
}

async fn load_facts(store: &Store, user: &UserId) -> Result<Vec<Fact>, Problem> {
    Ok(store.facts(user).await?.into_iter().map(|fact| fact.value).collect())
}
