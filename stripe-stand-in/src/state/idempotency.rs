//! Stored responses of requests with an `Idempotency-Key` (<https://docs.stripe.com/api/idempotent_requests>).

use rusqlite::{OptionalExtension, params};

use crate::state::transaction::Tx;
use crate::values::error::Error;

/// How long Stripe keeps a key, in seconds.
const RETENTION_SECONDS: i64 = 24 * 60 * 60;

/// The first request with a key, and its response.
pub(crate) struct IdempotencyRecord {
    pub(crate) key: String,
    pub(crate) path: String,
    /// Digest of the parameters.
    pub(crate) fingerprint: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Tx<'_> {
    /// The stored response of a key, if it is younger than a day.
    pub(crate) fn idempotency_record(&self, key: &str) -> Result<Option<IdempotencyRecord>, Error> {
        let sql = "select path, fingerprint, status, body from idempotency_keys where key = ?1 and created > ?2";
        let found = self.sql.query_row(sql, params![key, self.started_at - RETENTION_SECONDS], |row| {
            let (path, fingerprint) = (row.get(0)?, row.get(1)?);
            Ok(IdempotencyRecord { key: key.to_owned(), path, fingerprint, status: row.get(2)?, body: row.get(3)? })
        });
        Ok(found.optional()?)
    }

    /// Stores a response, and deletes expired ones.
    pub(crate) fn save_idempotency_record(&self, record: &IdempotencyRecord) -> Result<(), Error> {
        let stale = "delete from idempotency_keys where created <= ?1";
        self.sql.execute(stale, params![self.started_at - RETENTION_SECONDS])?;
        let sql = "insert into idempotency_keys (key, path, fingerprint, status, body, created)
                   values (?1, ?2, ?3, ?4, ?5, ?6)";
        let IdempotencyRecord { key, path, fingerprint, status, body } = record;
        self.sql.execute(sql, params![key, path, fingerprint, status, body, self.started_at])?;
        Ok(())
    }
}
