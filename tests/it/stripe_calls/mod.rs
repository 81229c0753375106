//! The requests that change something at Stripe.

mod case;
mod idempotency_keys;
mod mutation;
mod outcome;
