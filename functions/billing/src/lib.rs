//! A learner's subscription: how it stands, what is to be paid, and what can be changed about it. And all payments, with requests
//! for refunds.

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod cancel_subscription;
mod change_preview;
mod change_subscription;
mod config;
mod create_refund_request;
mod fetch_and_refresh;
mod idempotency_key;
mod learner_facts;
mod learner_payments;
mod list_invoices;
mod list_payments;
mod list_refund_requests;
mod lock;
mod open_portal;
#[cfg(feature = "openapi")]
pub mod openapi;
mod payment_problem;
mod planned_change;
mod portal;
mod preview_change;
mod problems;
mod requested_price;
mod resume_subscription;
mod show_payment;
mod show_subscription;
mod state;
mod subscription_response;
mod timeout;
mod withdraw_change;
mod withdraw_refund_request;

use axum::Router;
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes, in API Gateway's words.
pub fn routes() -> Vec<Route<State>> {
    const SIGNED_IN: Auth = Auth::SignedIn;
    vec![
        Route::get("/billing/subscription", SIGNED_IN, show_subscription::handle),
        Route::post("/billing/subscription/cancel", SIGNED_IN, cancel_subscription::handle),
        Route::post("/billing/subscription/resume", SIGNED_IN, resume_subscription::handle),
        Route::post("/billing/subscription/change", SIGNED_IN, change_subscription::handle),
        Route::post("/billing/subscription/change/preview", SIGNED_IN, preview_change::handle),
        Route::post("/billing/portal", SIGNED_IN, open_portal::handle),
        Route::get("/billing/invoices", SIGNED_IN, list_invoices::handle),
        Route::get("/billing/payments", SIGNED_IN, list_payments::handle),
        Route::get("/billing/payments/{id}", SIGNED_IN, show_payment::handle),
        Route::post("/billing/payments/{id}/refund-requests", SIGNED_IN, create_refund_request::handle),
        Route::get("/billing/refund-requests", SIGNED_IN, list_refund_requests::handle),
        Route::delete("/billing/refund-requests/{id}", SIGNED_IN, withdraw_refund_request::handle),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
