//! The clock. On AWS it is the machine's clock. In a local stack, tests can move it, so that a subscription renews
//! without waiting for a month.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The machine's clock, and how far somebody has moved it; clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Seconds.
    offset_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// The time.
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(SignedDuration::from_secs(self.offset_seconds())).unwrap_or(now)
    }

    /// How many seconds this clock is ahead of the machine's.
    pub fn offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }

    /// How far the clock is moved, in seconds, for a clock of another kind that is to be moved together with it.
    pub fn shared_offset(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.offset_seconds)
    }

    /// Sets how many seconds this clock is ahead of the machine's. Nothing that is deployed calls this.
    pub fn set_offset_seconds(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_moved_together() {
        let clock = Clock::default();
        let other = clock.clone();
        let before = Timestamp::now();
        clock.set_offset_seconds(3_600);
        let moved = other.now().duration_since(before).as_secs();
        assert!((3_600..3_660).contains(&moved), "{moved}");
    }
}
