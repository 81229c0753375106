//! Usage limits: how much a learner may use of each meter.

mod counters;
mod idempotency_keys;
mod limits;
mod meters;
