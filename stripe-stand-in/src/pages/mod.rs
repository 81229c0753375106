//! Pages for people: the hosted payment page, portal and invoices, the dashboard, and the form API under `/_stand_in` that both the
//! dashboard and tests use.

mod billing_control;
mod billing_dashboard;
mod card_form;
mod closed;
mod control;
mod dashboard;
mod invoice;
pub(crate) mod money;
mod pay;
mod pay_view;
mod pdf;
mod portal;
mod portal_view;
mod three_ds;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::Inner;
use super::error::Error;

/// Every page.
pub(super) fn router(inner: &Arc<Inner>) -> Router {
    let routes = Router::new()
        .merge(pay::router())
        .merge(three_ds::router())
        .merge(portal::router())
        .merge(invoice::router())
        .merge(control::router())
        .merge(dashboard::router())
        .merge(billing_dashboard::router())
        // Browsers ask for one on every page; without an answer here it would look like a failed call of the API.
        .route("/favicon.ico", get(StatusCode::NO_CONTENT));
    routes.with_state(Arc::clone(inner))
}

/// A rendered page with its status.
fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the Stripe stand-in cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The page of a call that changed nothing: Stripe's message, or no more than that something failed.
fn error_page(error: &Error) -> Response {
    let (status, message) = match error {
        Error::Refused(refusal) => (refusal.status, refusal.message.clone()),
        Error::Store(_) | Error::Json(_) => {
            tracing::error!(%error, "a page of the Stripe stand-in failed");
            (500, "The Stripe stand-in failed; its log says why.".to_owned())
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    page(status, &closed::Message { title: "Something went wrong", message: &message, link: None })
}
