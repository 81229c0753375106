//! Retries after a version conflict: with backoff, for ten seconds at most.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::FulfilError;

/// Less than a request or a delivery may take, so that both end with an answer that says to try again.
const MAX_RETRY_TIME: Duration = Duration::from_secs(10);
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const MAX_RETRY_DELAY: Duration = Duration::from_millis(1_600);

/// The retries of one `apply`.
#[derive(Debug)]
pub(super) struct Retries {
    began: Instant,
    max_delay: Duration,
}

impl Retries {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), max_delay: FIRST_RETRY_DELAY }
    }

    /// Waits, with full jitter under a growing bound, so that those who lost together do not meet again.
    ///
    /// # Errors
    /// When the time is up.
    pub(super) async fn wait(&mut self) -> Result<(), FulfilError> {
        let max_delay = u64::try_from(self.max_delay.as_millis()).unwrap_or(u64::MAX);
        let pause = Duration::from_millis(fastrand::u64(0..=max_delay));
        if self.began.elapsed().saturating_add(pause) >= MAX_RETRY_TIME {
            return Err(FulfilError::TooManyConflicts);
        }
        sleep(pause).await;
        self.max_delay = self.max_delay.saturating_mul(2).min(MAX_RETRY_DELAY);
        Ok(())
    }
}
