//! Retries after a version conflict: with backoff, for ten seconds at most.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::StoreError;

/// Less than a request or a delivery may take, so that both end with an answer that says to try again.
const MAX_RETRY_TIME: Duration = Duration::from_secs(10);
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const MAX_RETRY_DELAY: Duration = Duration::from_millis(1_600);

/// The time for retries is over: other writers were faster at every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetriesOver;

/// The retries of one change.
#[derive(Debug)]
pub struct Retries {
    began: Instant,
    max_delay: Duration,
}

impl Retries {
    /// None so far; the time begins now.
    #[expect(clippy::new_without_default, reason = "it begins to count the time")]
    pub fn new() -> Self {
        Self { began: Instant::now(), max_delay: FIRST_RETRY_DELAY }
    }

    /// Waits, with full jitter under a growing bound, so that those who lost together do not meet again.
    ///
    /// # Errors
    /// When the time is up.
    pub async fn wait(&mut self) -> Result<(), RetriesOver> {
        let max_delay = u64::try_from(self.max_delay.as_millis()).unwrap_or(u64::MAX);
        let pause = Duration::from_millis(fastrand::u64(0..=max_delay));
        if self.began.elapsed().saturating_add(pause) >= MAX_RETRY_TIME {
            return Err(RetriesOver);
        }
        sleep(pause).await;
        self.max_delay = self.max_delay.saturating_mul(2).min(MAX_RETRY_DELAY);
        Ok(())
    }
}

impl From<RetriesOver> for StoreError {
    fn from(RetriesOver: RetriesOver) -> Self {
        Self::Contended
    }
}
