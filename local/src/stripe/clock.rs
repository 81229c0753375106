//! The stand-in's only clock, so that Stripe's test clocks have one place to come to.

/// Unix seconds, as Stripe's `created` fields count.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Unix milliseconds, for the times of deliveries.
pub(crate) fn now_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
