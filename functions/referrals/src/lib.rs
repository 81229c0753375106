//! A learner's referrals and the credit that they earn, and whether a referral code is one.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod check_referral_code;
mod config;
mod list_referral_history;
#[cfg(feature = "openapi")]
pub mod openapi;
mod show_referrals;
mod state;

use axum::Router;
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    vec![
        Route::get("/referrals", Auth::SignedIn, show_referrals::handle),
        Route::get("/referrals/history", Auth::SignedIn, list_referral_history::handle),
        Route::get("/referrals/codes/{code}", Auth::Public, check_referral_code::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
