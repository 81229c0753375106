//! The Stripe stand-in.
