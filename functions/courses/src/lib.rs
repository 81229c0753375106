//! What the school offers, and what of it is open to the caller.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod check_access;
mod config;
mod course_access;
mod list_courses;
#[cfg(feature = "openapi")]
pub mod openapi;
mod show_catalog;
mod show_course;
mod state;

use axum::Router;
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    vec![
        Route::get("/catalog", Auth::Public, show_catalog::handle),
        Route::get("/courses", Auth::SignedIn, list_courses::handle),
        Route::get("/courses/{id}", Auth::SignedIn, show_course::handle),
        Route::get("/courses/{id}/access", Auth::SignedIn, check_access::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
