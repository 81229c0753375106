//! A stand-in for Stripe: its API with state, its hosted payment page, its signed webhooks with retries, and a small
//! dashboard, for development and tests without a network.
//!
//! It implements one API version ([`API_VERSION`]), and Stripe's own tools work against it: the CLI with `--api-base`, the
//! official SDKs, and the typed parsers of async-stripe. Test cards behave as in Stripe's documentation
//! (<https://docs.stripe.com/testing>). Actions that Stripe has no API for, because a bank or the passing of time causes
//! them, are under `/_stand_in/` (see `pages/test_actions.rs`).
//!
//! The folders are layers. Each uses only those before it in this list: `values`, `state`, `rules`,
//! `resources`, `api`, `pages`, `delivery`, `stand_in`. No two files use each other, however indirectly.

// Stripe's objects have so many fields that `json!` exceeds the default limit of 128 expansions.
#![recursion_limit = "256"]

mod api;
#[cfg(test)]
mod async_stripe_tests;
mod delivery;
mod pages;
mod resources;
mod rules;
mod stand_in;
mod state;
mod values;

pub use delivery::attempt::DeliveryAttempt;
pub use stand_in::{OpenError, Options, StandIn, StateError};
pub use values::api_version::API_VERSION;
pub use values::chaos::{Chaos, ChaosError};
pub use values::clock::Clock;
pub use values::delivery_retry_schedule::{DeliveryRetrySchedule, DeliveryRetryScheduleError};
