//! The shop's files, as Vite builds them from `web/`. They are read when they are asked for, so a new build needs no new stack.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{map_response, map_response_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tower_http::services::ServeDir;

use crate::ports::Urls;

/// What is shown instead of a shop that is not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tuition</title>\
    <h1>The shop is not built</h1><p>Install Node 20.19 or newer and npm, and start <code>make run</code> again. \
    Everything else runs: the API and its <a href=\"/docs\">reference</a>, the identity provider and Stripe.</p></html>";

/// Whether there are files to serve.
pub(crate) fn is_built(web_dir: &Path) -> bool {
    index_file(web_dir).is_file()
}

/// The files in `web_dir`. Every other path is a page of the application, which knows by itself whether it exists.
pub(super) fn router(urls: &Urls, stand_in_url: Option<&str>, web_dir: &Path) -> Router {
    let policy = HeaderValue::from_str(&content_security_policy(urls, stand_in_url)).ok();
    let index = get(index).with_state(index_file(web_dir));
    let files = ServeDir::new(web_dir).append_index_html_on_directories(false).fallback(index);
    // Their names have a hash of what they contain.
    let assets = ServeDir::new(web_dir.join("assets"));
    Router::new()
        .route("/icon.svg", get(icon))
        .nest_service("/assets", Router::new().fallback_service(assets).layer(map_response(cache_for_good)))
        .fallback_service(files)
        .layer(map_response_with_state(policy, with_headers))
}

/// What the page may load, run and call: itself, this stack, and Stripe.js with its frames, the stand-in's or Stripe's.
/// <https://docs.stripe.com/security/guide#content-security-policy>
///
/// No inline style is allowed: the application writes none into the page (`web/src/theme/cssVariables.ts`), and what
/// React sets on an element is no inline style to a browser.
fn content_security_policy(urls: &Urls, stand_in_url: Option<&str>) -> String {
    let Urls { api, identity, .. } = urls;
    match stand_in_url {
        // Its frames call its API, so the page need not.
        Some(stand_in) => format!(
            "default-src 'none'; script-src 'self' {stand_in}; style-src 'self'; img-src 'self'; \
             connect-src 'self' {api} {identity}; frame-src {stand_in}; \
             form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        ),
        None => format!(
            "default-src 'none'; script-src 'self' https://js.stripe.com; style-src 'self'; img-src 'self'; \
             connect-src 'self' {api} {identity} https://api.stripe.com; \
             frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; \
             form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        ),
    }
}

fn index_file(web_dir: &Path) -> PathBuf {
    web_dir.join("index.html")
}

async fn index(State(file): State<PathBuf>) -> Response {
    match tokio::fs::read_to_string(&file).await {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::debug!(%error, file = %file.display(), "the shop is not built");
            (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response()
        }
    }
}

/// The reference has it, too, with or without a shop.
async fn icon() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml")], include_str!("../../../web/public/icon.svg"))
}

async fn cache_for_good(mut response: Response) -> Response {
    if response.status().is_success() {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    }
    response
}

async fn with_headers(State(policy): State<Option<HeaderValue>>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Some(policy) = policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Payment pages learn the origin only; the address may have a session's id.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}
