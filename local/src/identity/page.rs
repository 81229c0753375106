//! The provider's pages: HTML with one style sheet and no script.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Response};

#[derive(Template)]
#[template(path = "identity/message.html")]
struct MessagePage<'a> {
    text: &'a str,
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, text: &str) -> Response {
    html(status, &MessagePage { text }, "'none'")
}

/// `page` with headers that allow its style sheet, and forms to `form_action`.
pub(super) fn html(status: StatusCode, page: &impl Template, form_action: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    );
    match page.render() {
        Ok(html) => {
            let headers = [
                (CONTENT_SECURITY_POLICY, policy),
                (REFERRER_POLICY, "no-referrer".to_owned()),
                (CACHE_CONTROL, "no-store".to_owned()),
            ];
            (status, headers, Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The style sheet of all of them.
pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-store")], include_str!("page.css"))
}
