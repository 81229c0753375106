//! The state: one SQLite database with objects, events and pending deliveries.

pub(crate) mod chaos;
pub(crate) mod deliveries;
pub(crate) mod due_work;
pub(crate) mod events;
pub(crate) mod faults;
pub(crate) mod idempotency;
pub(crate) mod query;
pub(crate) mod retries;
pub(crate) mod store;
pub(crate) mod test_clock;
pub(crate) mod transaction;
