//! The API's reference at `/docs`: `openapi.json` as Redoc shows it, without Node and without a network.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

/// `bundles/redoc.standalone.js` of redoc 2.5.4 from npm (MIT), gzipped. See <https://github.com/Redocly/redoc>.
const REDOC: &[u8] = include_bytes!("docs/redoc.standalone.js.gz");

/// Redoc writes its own style sheets, and searches in a worker. Nothing is loaded from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page, the document that it shows, and the script that shows it.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/docs", get(page)).route("/docs/redoc.js", get(redoc)).route("/openapi.json", get(contract))
}

async fn page() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store")], Html(include_str!("docs/index.html")))
}

async fn redoc() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CONTENT_ENCODING, "gzip")], REDOC)
}

async fn contract() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], include_str!("../../../openapi.json"))
}
