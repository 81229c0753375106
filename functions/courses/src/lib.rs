//! What the school offers, what of it is open to the caller, and what the caller has learned.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod certificate_response;
mod check_access;
mod complete_step;
mod config;
mod course_access;
mod create_certificate;
mod enrollment_response;
mod list_courses;
mod list_enrollments;
#[cfg(feature = "openapi")]
pub mod openapi;
mod show_catalog;
mod show_certificate;
mod show_course;
mod state;
mod step_change;
mod undo_step;

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
        Route::post("/courses/{id}/steps/{step}/complete", Auth::SignedIn, complete_step::handle),
        Route::delete("/courses/{id}/steps/{step}/complete", Auth::SignedIn, undo_step::handle),
        Route::get("/enrollments", Auth::SignedIn, list_enrollments::handle),
        Route::post("/courses/{id}/certificate", Auth::SignedIn, create_certificate::handle),
        Route::get("/certificates/{id}", Auth::Public, show_certificate::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
