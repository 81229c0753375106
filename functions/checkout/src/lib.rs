//! Opens checkouts, and fulfils them when the learner comes back before the webhook does.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod checkout_parameters;
mod config;
mod create_payment_intent;
mod create_session;
mod credit;
mod find_price;
#[cfg(feature = "openapi")]
pub mod openapi;
mod path_id;
mod payment_intent_request;
mod problems;
mod referral;
mod show_payment_intent;
mod show_session;
mod slot;
mod slot_action;
mod state;
mod stripe_checkout;
mod stripe_customer;
mod stripe_payment_intent;
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
        Route::post("/checkout/payment-intents", Auth::SignedIn, create_payment_intent::handle),
        Route::get("/checkout/payment-intents/{id}", Auth::SignedIn, show_payment_intent::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
