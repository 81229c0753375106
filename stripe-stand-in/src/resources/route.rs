//! A route of `/v1`: its method and path, who may call it, and what it runs.

use axum::routing::MethodFilter;

use crate::resources::request::{ApiCall, ApiResponse};
use crate::state::transaction::Tx;
use crate::values::error::Error;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequiredKey {
    /// Holders of a secret key.
    Secret,
    /// A payer's browser too, with a publishable key.
    SecretOrPublishable,
}

type Handler = fn(&Tx<'_>, ApiCall) -> Result<ApiResponse, Error>;

/// One route; its path has at most one variable, `{id}`.
pub(crate) struct Route {
    pub(crate) method: MethodFilter,
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    pub(crate) required_key: RequiredKey,
}

impl Route {
    /// Reads.
    pub(crate) const fn get(path: &'static str, handler: Handler) -> Route {
        Route { method: MethodFilter::GET, path, handler, required_key: RequiredKey::Secret }
    }

    /// Creates, changes or does.
    pub(crate) const fn post(path: &'static str, handler: Handler) -> Route {
        Route { method: MethodFilter::POST, path, handler, required_key: RequiredKey::Secret }
    }

    /// Deletes.
    pub(crate) const fn delete(path: &'static str, handler: Handler) -> Route {
        Route { method: MethodFilter::DELETE, path, handler, required_key: RequiredKey::Secret }
    }

    /// The same route, open to publishable keys.
    pub(crate) const fn allow_publishable_key(self) -> Route {
        Route { required_key: RequiredKey::SecretOrPublishable, ..self }
    }
}
