//! What the tests stand on.

pub(crate) mod app;
mod dynamodb;
pub(crate) mod fault_proxy;
mod grant;
mod meter;
pub(crate) mod parameter_store;
pub(crate) mod stripe;
mod subscriptions;
