//! The requests that change something at Stripe.

mod idempotency_keys;
mod mutation;
