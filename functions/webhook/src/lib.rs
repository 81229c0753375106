//! The webhook endpoint. It is public, so it does as little as possible before the signature is verified.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod config;
mod receive;
mod state;

use axum::Router;
use axum::http::Method;
use axum::routing::post;
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes: one, behind a function URL.
pub fn routes() -> Vec<Route<State>> {
    vec![Route::undocumented(Method::POST, "/", Auth::Public, post(receive::handle))]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
