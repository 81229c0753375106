//! A route of `/v1`: its method and path, who may call it, and what it runs.

use axum::routing::MethodFilter;

use crate::resources::request::{Call, Reply};
use crate::state::transaction::Tx;
use crate::values::error::Error;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Holders of a secret key.
    Server,
    /// A payer's browser too, with a publishable key.
    Payer,
}

type Run = fn(&Tx<'_>, Call) -> Result<Reply, Error>;

/// One route; its path has at most one variable, `{id}`.
pub(crate) struct Route {
    pub(crate) method: MethodFilter,
    pub(crate) path: &'static str,
    pub(crate) run: Run,
    pub(crate) audience: Audience,
}

impl Route {
    /// Reads.
    pub(crate) const fn get(path: &'static str, run: Run) -> Route {
        Route { method: MethodFilter::GET, path, run, audience: Audience::Server }
    }

    /// Creates, changes or does.
    pub(crate) const fn post(path: &'static str, run: Run) -> Route {
        Route { method: MethodFilter::POST, path, run, audience: Audience::Server }
    }

    /// Deletes.
    pub(crate) const fn delete(path: &'static str, run: Run) -> Route {
        Route { method: MethodFilter::DELETE, path, run, audience: Audience::Server }
    }

    /// The same route, open to publishable keys.
    pub(crate) const fn for_payers(self) -> Route {
        Route { audience: Audience::Payer, ..self }
    }
}
