//! Retries after a version conflict, whose end is an error of `fulfil`.

use super::error::FulfilError;
use crate::store;

/// The retries of one `apply`.
#[derive(Debug)]
pub(super) struct Retries(store::Retries);

impl Retries {
    pub(super) fn new() -> Self {
        Self(store::Retries::new())
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// When the time is up.
    pub(super) async fn wait(&mut self) -> Result<(), FulfilError> {
        self.0.wait().await.map_err(|store::RetriesOver| FulfilError::TooManyConflicts)
    }
}
