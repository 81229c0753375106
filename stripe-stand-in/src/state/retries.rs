//! The retry schedule of webhook deliveries.

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::retry_schedule::RetrySchedule;

const RETRY_SCHEDULE: &str = "webhook_retries";

impl Tx<'_> {
    /// The configured schedule, or the default one.
    pub(crate) fn retry_schedule(&self) -> Result<RetrySchedule, Error> {
        Ok(self.setting(RETRY_SCHEDULE)?.and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    /// Sets the schedule. None restores the default. Retries that are already scheduled keep their time.
    pub(crate) fn set_retry_schedule(&self, schedule: Option<&RetrySchedule>) -> Result<(), Error> {
        match schedule {
            Some(schedule) => self.set_setting(RETRY_SCHEDULE, &schedule.to_string()),
            None => self.remove_setting(RETRY_SCHEDULE),
        }
    }
}
