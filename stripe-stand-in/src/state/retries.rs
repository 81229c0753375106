//! The retry schedules of webhook deliveries and of failed payments.

use crate::state::transaction::Tx;
use crate::values::delivery_retry_schedule::DeliveryRetrySchedule;
use crate::values::error::Error;
use crate::values::payment_retry_schedule;

const PAYMENT_RETRY_SCHEDULE: &str = "payment_retries";
const PAYMENT_RETRY_SEED: &str = "payment_retry_seed";
const DELIVERY_RETRY_SCHEDULE: &str = "webhook_retries";

impl Tx<'_> {
    /// The configured schedule, or the default one.
    pub(crate) fn delivery_retry_schedule(&self) -> Result<DeliveryRetrySchedule, Error> {
        Ok(self.setting(DELIVERY_RETRY_SCHEDULE)?.and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    /// Sets the schedule. None restores the default. Retries that are already scheduled keep their time.
    pub(crate) fn set_delivery_retry_schedule(&self, schedule: Option<&DeliveryRetrySchedule>) -> Result<(), Error> {
        match schedule {
            Some(schedule) => self.set_setting(DELIVERY_RETRY_SCHEDULE, &schedule.to_string()),
            None => self.remove_setting(DELIVERY_RETRY_SCHEDULE),
        }
    }

    /// The text of the schedule of payment retries, and its seed.
    pub(crate) fn payment_retry_schedule(&self) -> Result<(String, u64), Error> {
        let schedule = self.setting(PAYMENT_RETRY_SCHEDULE)?;
        let seed = self.setting(PAYMENT_RETRY_SEED)?.and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok((schedule.unwrap_or_else(|| payment_retry_schedule::DEFAULT.to_owned()), seed))
    }

    /// Sets the schedule of payment retries. Retries that are already scheduled keep their time.
    pub(crate) fn set_payment_retry_schedule(&self, schedule: &str, seed: u64) -> Result<(), Error> {
        self.set_setting(PAYMENT_RETRY_SCHEDULE, schedule)?;
        self.set_setting(PAYMENT_RETRY_SEED, &seed.to_string())
    }
}
