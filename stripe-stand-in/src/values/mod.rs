//! Values: objects, ids, parameters, amounts and times. Pure: no state, no network, no async.

pub(crate) mod api_version;
pub(crate) mod billing_interval;
pub(crate) mod chaos;
pub(crate) mod chaos_decision;
pub(crate) mod clock;
pub(crate) mod delivery_retry_schedule;
pub(crate) mod due_time;
pub(crate) mod error;
pub(crate) mod fault;
pub(crate) mod form;
pub(crate) mod money;
pub(crate) mod object;
pub(crate) mod object_type;
pub(crate) mod objects;
pub(crate) mod params;
pub(crate) mod payment_retry_schedule;
pub(crate) mod random;
pub(crate) mod seconds;
