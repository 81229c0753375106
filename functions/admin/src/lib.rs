//! What operators do: they decide refund requests. Every route is for signed-in users of the group `admin`; everybody else gets 403
//! `forbidden`.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod approve_refund_request;
mod config;
mod list_all_refund_requests;
#[cfg(feature = "openapi")]
pub mod openapi;
mod refund_request_response;
mod reject_refund_request;
mod show_refund_request;
mod state;

use axum::Router;
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    const SIGNED_IN: Auth = Auth::SignedIn;
    vec![
        Route::get("/admin/refund-requests", SIGNED_IN, list_all_refund_requests::handle),
        Route::get("/admin/refund-requests/{id}", SIGNED_IN, show_refund_request::handle),
        Route::post("/admin/refund-requests/{id}/approve", SIGNED_IN, approve_refund_request::handle),
        Route::post("/admin/refund-requests/{id}/reject", SIGNED_IN, reject_refund_request::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
