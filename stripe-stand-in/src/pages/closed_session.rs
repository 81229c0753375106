//! The page of a checkout session that is complete or expired.

use axum::http::StatusCode;
use axum::response::Response;

use crate::pages::render::{Link, Message, page};
use crate::rules::checkout::sessions;
use crate::values::object::Object;

/// The page of a session that is complete or expired.
pub(super) fn closed_session_page(status: StatusCode, session: &Object) -> Response {
    let back = |url: String, label| Some(Link { url, label });
    let message = if session.text("status") == "complete" {
        Message {
            title: "This order is complete",
            message: "This order has been paid. You were not charged again.",
            link: back(sessions::success_url(session), "Continue"),
        }
    } else {
        Message {
            title: "This session has expired",
            message: "Nothing was charged. Go back to the shop and start again.",
            link: session.opt_text("cancel_url").and_then(|url| back(url.to_owned(), "Back to the shop")),
        }
    };
    page(status, &message)
}
