//! Renders pages, and the page with one message.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::values::error::Error;

/// A title, a message, and an optional link.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) message: &'a str,
    pub(super) link: Option<Link>,
}

/// A link to the next page.
pub(super) struct Link {
    pub(super) url: String,
    pub(super) label: &'static str,
}

/// A rendered page with its status.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the Stripe stand-in cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The error page of a request that changed nothing. Shows Stripe's message; internal errors are only logged.
pub(crate) fn error_page(error: &Error) -> Response {
    let (status, message) = match error {
        Error::Api(api_error) => (api_error.status, api_error.message.clone()),
        Error::Store(_) | Error::Json(_) => {
            tracing::error!(%error, "a page of the Stripe stand-in failed");
            (500, "The Stripe stand-in failed. See its log.".to_owned())
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    page(status, &Message { title: "Something went wrong", message: &message, link: None })
}
