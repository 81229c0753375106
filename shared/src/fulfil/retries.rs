//! How a lost race is run again: after a pause, and for as long as somebody waits for it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::FulfilError;

/// Less than a request or a delivery may take, so that both end with an answer that says to try again.
const BUDGET: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(1_600);

/// The retries of one `apply`.
#[derive(Debug)]
pub(super) struct Retries {
    began: Instant,
    bound: Duration,
}

impl Retries {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), bound: FIRST_PAUSE }
    }

    /// Waits, with full jitter under a growing bound, so that those who lost together do not meet again.
    ///
    /// # Errors
    /// When the time is up.
    pub(super) async fn pause(&mut self) -> Result<(), FulfilError> {
        let bound = u64::try_from(self.bound.as_millis()).unwrap_or(u64::MAX);
        let pause = Duration::from_millis(fastrand::u64(0..=bound));
        if self.began.elapsed().saturating_add(pause) >= BUDGET {
            return Err(FulfilError::Outrun);
        }
        sleep(pause).await;
        self.bound = self.bound.saturating_mul(2).min(LONGEST_PAUSE);
        Ok(())
    }
}
