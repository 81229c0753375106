//! The web page of the stack: catalog, sign-in, checkout, and access with its reason.

mod docs;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use crate::ports::Urls;
use crate::test_payments::{BANK_DEBIT, CARDS};

#[derive(Clone, Template)]
#[template(path = "web/index.html")]
struct Page {
    api_url: String,
    identity_url: String,
    /// The dashboard of the Stripe stand-in, if it is used.
    dashboard_url: Option<String>,
    cards: &'static [(&'static str, &'static str)],
    bank_debit: &'static str,
}

/// The page for a stack with these URLs. `dashboard_url` is that of the Stripe stand-in, if it is used.
pub(crate) fn router(urls: &Urls, dashboard_url: Option<String>) -> Router {
    let page = Page {
        api_url: urls.api.clone(),
        identity_url: urls.identity.clone(),
        dashboard_url,
        cards: CARDS,
        bank_debit: BANK_DEBIT,
    };
    Router::new()
        .route("/", get(index))
        .route("/app.css", asset("text/css", include_str!("app.css")))
        .route("/app.js", asset("text/javascript", include_str!("app.js")))
        .route("/api.js", asset("text/javascript", include_str!("api.js")))
        .route("/messages.js", asset("text/javascript", include_str!("messages.js")))
        .route("/icon.svg", asset("image/svg+xml", include_str!("icon.svg")))
        .merge(docs::router())
        .with_state(page)
}

async fn index(State(page): State<Page>) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {} {}; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        page.api_url, page.identity_url
    );
    match page.render() {
        Ok(html) => {
            let headers = [(CONTENT_SECURITY_POLICY, policy), (REFERRER_POLICY, "no-referrer".to_owned()), no_store()];
            (headers, Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn asset<S: Clone + Send + Sync + 'static>(content_type: &'static str, text: &'static str) -> MethodRouter<S> {
    get(move || async move {
        let nosniff = (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned());
        ([(CONTENT_TYPE, format!("{content_type}; charset=utf-8")), nosniff, no_store()], text)
    })
}

/// Do not cache: the page changes with every build.
fn no_store() -> (HeaderName, String) {
    (CACHE_CONTROL, "no-store".to_owned())
}
