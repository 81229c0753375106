//! Opens checkouts, and fulfils them when the learner comes back before the webhook does.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod config;
mod create_session;
mod find_price;
#[cfg(feature = "openapi")]
pub mod openapi;
mod problems;
mod show_session;
mod slot;
mod state;
mod stripe_session;
mod validated_checkout;

use axum::Router;
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    vec![
        Route::post("/checkout/sessions", Auth::SignedIn, create_session::handle),
        Route::get("/checkout/sessions/{id}", Auth::SignedIn, show_session::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
