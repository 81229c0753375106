//! What a learner has, one answer per product, and what the learner may use, one per meter.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod config;
mod consume_usage;
mod entitlement;
mod list_entitlements;
#[cfg(feature = "openapi")]
pub mod openapi;
mod show_entitlement;
mod show_usage;
mod state;
mod usage;

use axum::Router;
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    vec![
        Route::get("/entitlements", Auth::SignedIn, list_entitlements::handle),
        Route::get("/entitlements/{product}", Auth::SignedIn, show_entitlement::handle),
        Route::get("/usage", Auth::SignedIn, show_usage::handle),
        Route::post("/usage/{meter}", Auth::SignedIn, consume_usage::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
