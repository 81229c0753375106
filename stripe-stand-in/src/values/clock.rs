//! The account's clock, which tests can move, and the machine's clock, which the delivery log uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The account's clock: the machine's clock plus an offset. Clones share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Seconds.
    offset_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that shares its offset, in seconds, with another clock of the program.
    pub fn from_offset(offset_seconds: Arc<AtomicI64>) -> Clock {
        Clock { offset_seconds }
    }

    /// The account's time.
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(SignedDuration::from_secs(self.offset_seconds())).unwrap_or(now)
    }

    /// The account's time in unix milliseconds.
    pub(crate) fn now_millis(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// How many seconds this clock is ahead of the machine's.
    pub fn offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }

    /// Sets how many seconds this clock is ahead of the machine's.
    pub fn set_offset_seconds(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }
}

/// The machine's time in unix milliseconds.
pub(crate) fn now_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_clock_share_their_offset() {
        let offset = Arc::new(AtomicI64::new(0));
        let clock = Clock::from_offset(Arc::clone(&offset));
        let other = clock.clone();
        offset.store(3_600, Ordering::Relaxed);
        assert_eq!(other.offset_seconds(), 3_600);
        let before = Timestamp::now();
        other.set_offset_seconds(7_200);
        let moved = clock.now().duration_since(before).as_secs();
        assert!((7_200..7_260).contains(&moved), "{moved}");
    }
}
