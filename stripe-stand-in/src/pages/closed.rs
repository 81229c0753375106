//! Pages on which there is nothing to do.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::page;
use crate::object::Object;
use crate::payments::checkout;

/// A title, a sentence, and perhaps a way on.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) message: &'a str,
    pub(super) link: Option<Link>,
}

/// A way on.
pub(super) struct Link {
    pub(super) url: String,
    pub(super) label: &'static str,
}

/// What a payer sees of a session that is not open any more.
pub(super) fn session(status: StatusCode, session: &Object) -> Response {
    let back = |url: String, label| Some(Link { url, label });
    let message = if session.text("status") == "complete" {
        Message {
            title: "This order is complete",
            message: "There is nothing left to pay here, and nothing was charged again.",
            link: back(checkout::success_url(session), "Continue"),
        }
    } else {
        Message {
            title: "This session has expired",
            message: "Its time is over, and nothing was charged. Go back to the shop and start again.",
            link: session.opt_text("cancel_url").and_then(|url| back(url.to_owned(), "Back to the shop")),
        }
    };
    page(status, &message)
}
