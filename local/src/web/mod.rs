//! The web server of the stack: the shop, its configuration, and the API's reference.

mod config_document;
mod docs;
mod shop;

use std::path::Path;

use axum::Router;

use crate::ports::Urls;
use config_document::ConfigDocument;

pub(crate) use shop::is_built;

/// The shop from the files in `web_dir`, for a stack with these URLs. Its application at the identity provider is
/// `client_id`; `dashboard_url` is that of the Stripe stand-in, if it is used.
pub(crate) fn router(urls: &Urls, client_id: &str, dashboard_url: Option<String>, web_dir: &Path) -> Router {
    let config = ConfigDocument::new(urls, client_id, dashboard_url);
    shop::router(urls, web_dir).merge(docs::router()).merge(config_document::router(config))
}
