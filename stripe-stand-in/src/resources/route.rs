//! A route of `/v1`: method, path, required key and handler.

use axum::routing::MethodFilter;

use crate::resources::request::{ApiCall, ApiResponse};
use crate::state::transaction::Tx;
use crate::values::error::Error;

/// Which API keys may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequiredKey {
    /// Secret keys only.
    Secret,
    /// Secret keys, and publishable keys of a payer's browser.
    SecretOrPublishable,
    /// Secret keys, and publishable keys with the `client_secret` of the intent.
    SecretOrClientSecret,
}

type Handler = fn(&Tx<'_>, ApiCall) -> Result<ApiResponse, Error>;

/// One route. Its path has at most one variable, `{id}`.
pub(crate) struct Route {
    pub(crate) method: MethodFilter,
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    pub(crate) required_key: RequiredKey,
}

impl Route {
    /// A GET route.
    pub(crate) const fn get(path: &'static str, handler: Handler) -> Route {
        Route { method: MethodFilter::GET, path, handler, required_key: RequiredKey::Secret }
    }

    /// A POST route.
    pub(crate) const fn post(path: &'static str, handler: Handler) -> Route {
        Route { method: MethodFilter::POST, path, handler, required_key: RequiredKey::Secret }
    }

    /// A DELETE route.
    pub(crate) const fn delete(path: &'static str, handler: Handler) -> Route {
        Route { method: MethodFilter::DELETE, path, handler, required_key: RequiredKey::Secret }
    }

    /// The same route, open to publishable keys.
    pub(crate) const fn allow_publishable_key(self) -> Route {
        Route { required_key: RequiredKey::SecretOrPublishable, ..self }
    }

    /// The same route, open to publishable keys with the `client_secret` of the intent.
    pub(crate) const fn allow_client_secret(self) -> Route {
        Route { required_key: RequiredKey::SecretOrClientSecret, ..self }
    }
}
