//! The webhook and the reconcile run: every event of Stripe is applied exactly once, whenever it arrives.

mod call_counts;
mod crashes;
mod dashboard_changes;
mod error_queue;
mod event_ownership;
mod exactly_once;
mod outage;
mod payloads;
mod reconcile_missed_events;
mod reconcile_runs;
