//! The machine's clock, which deliveries and their retries go by. Everything else has the account's time (see
//! [`super::time`]), which tests move.

/// Unix milliseconds.
pub(crate) fn now_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
