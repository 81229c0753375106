//! What the tests stand on.

pub(crate) mod fault_proxy;
