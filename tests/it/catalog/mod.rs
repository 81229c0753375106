//! The catalog: from `catalog.yaml` to Stripe, from Stripe to the table, and back when something changes there.

mod changes_at_stripe;
mod plans;
mod push_and_sync;
mod refused_by_stripe;
