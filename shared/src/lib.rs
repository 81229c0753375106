//! What Tuition's functions share: the rules ([`domain`]), the table ([`store`]), Stripe's wire format
//! ([`stripe`]), the one writer of what Stripe owns ([`fulfil`]) and the HTTP edge ([`http`]).

// Numbers come from Stripe, from clients and from the table: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod aws;
pub mod clock;
pub mod config;
pub mod domain;
#[cfg(feature = "stripe")]
pub mod fulfil;
#[cfg(feature = "stripe")]
mod handler_error;
pub mod http;
pub mod metrics;
pub mod outbound;
pub mod policy;
pub mod scheduled;
#[cfg(feature = "stripe")]
pub mod secrets;
#[cfg(feature = "stripe")]
pub mod startup;
pub mod store;
#[cfg(feature = "stripe")]
pub mod stripe;
pub mod telemetry;

#[cfg(feature = "stripe")]
pub use handler_error::HandlerError;
