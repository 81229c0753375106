//! The web server of the stack: the shop, its configuration, and the API's reference.

mod config_document;
mod docs;
mod shop;

use std::path::Path;

use axum::Router;

use crate::ports::Urls;
use config_document::ConfigDocument;

pub(crate) use shop::is_built;

/// What the shop's configuration says of Stripe.
pub(crate) struct StripeForShop {
    /// The dashboard of the stand-in, if it is used. Its Stripe.js is beside it.
    pub(crate) dashboard_url: Option<String>,
    /// The key with which the browser calls Stripe.
    pub(crate) publishable_key: Option<String>,
}

/// The shop from the files in `web_dir`, for a stack with these URLs. Its application at the identity provider is
/// `client_id`.
pub(crate) fn router(urls: &Urls, client_id: &str, stripe: StripeForShop, web_dir: &Path) -> Router {
    let shop = shop::router(urls, stripe.dashboard_url.as_deref(), web_dir);
    let config = ConfigDocument::new(urls, client_id, stripe.dashboard_url, stripe.publishable_key);
    shop.merge(docs::router()).merge(config_document::router(config))
}
