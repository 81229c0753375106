//! Pending deliveries, and the log of attempts.

use rusqlite::{OptionalExtension, Row, params};

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;

/// A delivery that is due now.
#[derive(Clone, Debug)]
pub(crate) struct DueDelivery {
    /// `evt_...`
    pub(crate) event: String,
    /// `we_...`
    pub(crate) endpoint: String,
    /// The number of attempts so far.
    pub(crate) attempt_count: u32,
    /// An earlier attempt was delivered, or recorded as delivered by chaos.
    pub(crate) is_delivered: bool,
    /// Unix milliseconds of the account's clock. Detects a delivery that was scheduled again during the attempt.
    due_at: i64,
}

/// One finished attempt in the log.
#[derive(Clone, Debug)]
pub(crate) struct AttemptRecord {
    pub(crate) event: String,
    pub(crate) event_type: String,
    pub(crate) url: String,
    /// Counts from 1.
    pub(crate) number: u32,
    /// Unix milliseconds.
    pub(crate) at_millis: i64,
    /// HTTP status of the response, None without a response.
    pub(crate) status: Option<u16>,
    /// Why there was no response.
    pub(crate) error: Option<String>,
}

impl AttemptRecord {
    /// Whether the endpoint accepted the event: any 2xx, as for Stripe.
    pub(crate) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// The state of a delivery after an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeliveryState {
    /// It was delivered, or recorded as delivered by chaos.
    pub(crate) is_delivered: bool,
    /// When the next attempt is due, in unix milliseconds of the account's clock. None when there is none.
    pub(crate) due_at: Option<i64>,
}

impl Tx<'_> {
    /// Schedules an event for an endpoint at `due_at` (unix milliseconds of the account's clock). A finished delivery
    /// starts again.
    pub(crate) fn schedule_delivery(&self, event: &str, endpoint: &str, due_at: i64) -> Result<(), Error> {
        let sql = "insert into deliveries (event, endpoint, due_at) values (?1, ?2, ?3)
                   on conflict (event, endpoint) do update set due_at = ?3";
        self.sql.execute(sql, params![event, endpoint, due_at])?;
        Ok(())
    }

    /// Deliveries to enabled endpoints that are due at `now` (unix milliseconds of the account's clock), in the order
    /// of their due times.
    pub(crate) fn due_deliveries(&self, now: i64) -> Result<Vec<DueDelivery>, Error> {
        let sql = "select d.event, d.endpoint, d.attempts, d.delivered, d.due_at from deliveries d
                   join objects e on e.id = d.event
                   join objects w on w.id = d.endpoint and json_extract(w.body, '$.status') = 'enabled'
                   where d.due_at <= ?1 order by d.due_at, e.seq";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map(params![now], |row| {
            let (event, endpoint) = (row.get(0)?, row.get(1)?);
            Ok(DueDelivery {
                event,
                endpoint,
                attempt_count: row.get(2)?,
                is_delivered: row.get(3)?,
                due_at: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next delivery after `now` is due, both in unix milliseconds of the account's clock.
    pub(crate) fn next_delivery_after(&self, now: i64) -> Result<Option<i64>, Error> {
        let sql = "select min(due_at) from deliveries where due_at > ?1";
        Ok(self.sql.query_row(sql, params![now], |row| row.get(0))?)
    }

    /// Records an attempt and the new state of its delivery.
    pub(crate) fn record_attempt(
        &self,
        delivery: &DueDelivery,
        attempt: &AttemptRecord,
        after: DeliveryState,
    ) -> Result<(), Error> {
        let sql = "update deliveries set attempts = ?3, delivered = max(delivered, ?5),
                   due_at = case when due_at = ?6 then ?4 else due_at end
                   where event = ?1 and endpoint = ?2";
        let DueDelivery { event, endpoint, due_at, .. } = delivery;
        self.sql.execute(sql, params![event, endpoint, attempt.number, after.due_at, after.is_delivered, due_at])?;
        let sql = "insert into attempts (event, event_type, url, number, at, status, error)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let AttemptRecord { event, event_type, url, number, at_millis, status, error } = attempt;
        self.sql.execute(sql, params![event, event_type, url, number, at_millis, status, error])?;
        Ok(())
    }

    /// Deletes the pending deliveries of a deleted endpoint.
    pub(crate) fn delete_endpoint_deliveries(&self, endpoint: &str) -> Result<(), Error> {
        self.sql.execute("delete from deliveries where endpoint = ?1", params![endpoint])?;
        self.sql.execute("delete from reordered_deliveries where endpoint = ?1", params![endpoint])?;
        Ok(())
    }

    /// The newest attempts, newest first; only those of `event` when given.
    pub(crate) fn attempts(&self, event: Option<&str>, limit: u32) -> Result<Vec<AttemptRecord>, Error> {
        let sql = "select event, event_type, url, number, at, status, error from attempts
                   where ?1 is null or event = ?1 order by seq desc limit ?2";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map(params![event, limit], read_attempt)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many endpoints have not received an event yet and will be retried: Stripe's `pending_webhooks`.
    pub(crate) fn pending_webhooks(&self, event: &str) -> Result<i64, Error> {
        let sql = "select count(*) from deliveries where event = ?1 and delivered = 0 and due_at is not null";
        Ok(self.sql.query_row(sql, params![event], |row| row.get(0))?)
    }

    /// The earliest expiry of an open checkout session, in unix seconds.
    pub(crate) fn next_session_expiry(&self) -> Result<Option<i64>, Error> {
        let sql = "select min(json_extract(body, '$.expires_at')) from objects
                   where kind = 'checkout.session' and json_extract(body, '$.status') = 'open'";
        Ok(self.sql.query_row(sql, [], |row| row.get(0)).optional()?.flatten())
    }

    /// The event's payload with its current count of pending webhooks.
    pub(crate) fn with_pending_webhooks(&self, mut event: Object) -> Result<Object, Error> {
        event.set("pending_webhooks", self.pending_webhooks(event.id())?);
        Ok(event)
    }
}

fn read_attempt(row: &Row<'_>) -> rusqlite::Result<AttemptRecord> {
    Ok(AttemptRecord {
        event: row.get(0)?,
        event_type: row.get(1)?,
        url: row.get(2)?,
        number: row.get(3)?,
        at_millis: row.get(4)?,
        status: row.get(5)?,
        error: row.get(6)?,
    })
}
