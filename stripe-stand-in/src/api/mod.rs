//! The HTTP side of the API: keys, idempotency, expansion, and the table of routes.

pub(crate) mod authentication;
pub(crate) mod expand;
pub(crate) mod handler;
pub(crate) mod idempotency;
pub(crate) mod publishable;
pub(crate) mod response;
pub(crate) mod routes;
