//! The edge of every function: who calls, what a body may be, how an error looks, which routes exist.

pub mod gateway;
pub mod route;
