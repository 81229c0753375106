//! Stripe.js of the stand-in, at the paths that Stripe's has on `js.stripe.com`, and the page of its iframes. The
//! sources are in `stripe-js/`; there is nothing to build.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{Html, IntoResponse};
use axum::routing::{MethodRouter, get};

use crate::state::store::Store;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The page of an Element has its own script and style sheet, and calls this API. Any page may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'";

pub(super) fn router() -> Router<Arc<Store>> {
    let script = || file(JAVASCRIPT, include_str!("../../stripe-js/stripe.js"));
    Router::new()
        // `/endive/stripe.js` belongs to the API version; `/v3/` is the address of older pages.
        .route("/endive/stripe.js", script())
        .route("/v3/", script())
        .route("/v3/stripe.js", script())
        .route("/elements/element.html", get(element_page))
        .route("/elements/element.js", file(JAVASCRIPT, include_str!("../../stripe-js/element.js")))
        .route("/elements/fields.js", file(JAVASCRIPT, include_str!("../../stripe-js/fields.js")))
        .route("/elements/messages.js", file(JAVASCRIPT, include_str!("../../stripe-js/messages.js")))
        .route("/elements/element.css", file("text/css; charset=utf-8", include_str!("../../stripe-js/element.css")))
}

/// A file as it is in the crate.
fn file(content_type: &'static str, content: &'static str) -> MethodRouter<Arc<Store>> {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    get(async move || (headers, content))
}

async fn element_page() -> impl IntoResponse {
    let page = Html(include_str!("../../stripe-js/element.html"));
    ([(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")], page)
}

#[cfg(test)]
mod tests {
    use crate::values::api_version::API_VERSION;

    #[test]
    fn stripe_js_has_the_name_of_the_api_version() {
        assert_eq!(API_VERSION.split_once('.').map(|(_, release)| release), Some("endive"));
    }
}
