//! HTML pages: the hosted payment page, portal and invoices, the dashboard, and the form API under `/_stand_in` that
//! the dashboard and tests use.

pub(crate) mod action_response;
pub(crate) mod billing_dashboard;
pub(crate) mod billing_test_actions;
pub(crate) mod card_form;
pub(crate) mod closed_session;
pub(crate) mod dashboard;
pub(crate) mod delivery_test_actions;
pub(crate) mod fault_test_actions;
pub(crate) mod invoice;
pub(crate) mod pay;
pub(crate) mod pay_page;
pub(crate) mod payment_link;
pub(crate) mod pdf;
pub(crate) mod portal;
pub(crate) mod portal_page;
pub(crate) mod render;
pub(crate) mod stripe_js;
pub(crate) mod test_actions;
pub(crate) mod three_d_secure;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::state::store::Store;

/// The routes of all pages.
pub(crate) fn router(store: &Arc<Store>) -> Router {
    let more_actions =
        billing_test_actions::router().merge(delivery_test_actions::router()).merge(fault_test_actions::router());
    let routes = Router::new()
        .merge(pay::router())
        .merge(payment_link::router())
        .merge(three_d_secure::router())
        .merge(stripe_js::router())
        .merge(portal::router())
        .merge(invoice::router())
        .merge(test_actions::router(more_actions))
        .merge(dashboard::router())
        .merge(billing_dashboard::router())
        // Browsers request it on every page. Without this route it would look like a failed API request.
        .route("/favicon.ico", get(StatusCode::NO_CONTENT));
    routes.with_state(Arc::clone(store))
}
