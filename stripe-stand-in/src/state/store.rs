//! The database: one SQLite file. All changes of one API request (objects, events, deliveries, idempotency record)
//! are one transaction.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::Notify;

use crate::state::transaction::{RequestContext, Tx};
use crate::values::clock::Clock;
use crate::values::error::Error;

const SCHEMA: &str = "
create table if not exists objects (
    seq integer primary key autoincrement,
    id text not null unique,
    kind text not null,
    deleted integer not null default 0,
    body text not null
);
create index if not exists objects_by_kind on objects (kind, seq);
create index if not exists objects_by_intent on objects (kind, json_extract(body, '$.payment_intent'));
create index if not exists objects_by_charge on objects (kind, json_extract(body, '$.charge'));
create index if not exists objects_by_product on objects (kind, json_extract(body, '$.product'));
create index if not exists objects_by_customer on objects (kind, json_extract(body, '$.customer'));
create index if not exists objects_by_subscription
    on objects (json_extract(body, '$.parent.subscription_details.subscription')) where kind = 'invoice';
create index if not exists open_sessions on objects (json_extract(body, '$.expires_at'))
    where kind = 'checkout.session' and json_extract(body, '$.status') = 'open';
create table if not exists idempotency_keys (
    key text primary key,
    path text not null,
    fingerprint text not null,
    status integer not null,
    body text not null,
    created integer not null
);
create table if not exists deliveries (
    event text not null,
    endpoint text not null,
    attempts integer not null default 0,
    due_at integer,
    delivered integer not null default 0,
    primary key (event, endpoint)
) without rowid;
create index if not exists deliveries_due on deliveries (due_at) where due_at is not null;
create table if not exists reordered_deliveries (
    event text not null,
    endpoint text not null,
    due_at integer not null,
    primary key (event, endpoint)
) without rowid;
create table if not exists faults (
    seq integer primary key autoincrement,
    answer text not null,
    method text,
    path text,
    times integer not null,
    should_retry integer
);
create table if not exists schedule (
    id text primary key,
    kind text not null,
    clock text not null,
    due integer not null
) without rowid;
create index if not exists schedule_by_clock on schedule (clock, due);
create table if not exists settings (
    name text primary key,
    value text not null
) without rowid;
create table if not exists attempts (
    seq integer primary key autoincrement,
    event text not null,
    event_type text not null,
    url text not null,
    number integer not null,
    at integer not null,
    status integer,
    error text
);
";

/// The setting with the offset of the account's clock, in seconds.
pub(crate) const CLOCK_OFFSET: &str = "clock_ahead";

/// The database. Requests are short and local, so they run one after the other under a lock instead of on a pool.
/// That is also why 50 concurrent payments of one session charge once.
pub(crate) struct Store {
    connection: Mutex<Connection>,
    public_url: String,
    clock: Clock,
    /// Notified after a write, because something may be due.
    write_notify: Arc<Notify>,
}

impl Store {
    /// Opens or creates the database. Without `file` it is in memory. Restores the offset of `clock`.
    pub(crate) fn open(file: Option<&Path>, public_url: String, clock: Clock) -> Result<Store, rusqlite::Error> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "wal")?;
        // After a power cut the last requests may be missing, but never half of one. That is enough for a stand-in.
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.execute_batch(SCHEMA)?;
        let sql = "select value from settings where name = ?1";
        let offset: Option<String> = connection.query_row(sql, [CLOCK_OFFSET], |row| row.get(0)).optional()?;
        if let Some(offset) = offset.and_then(|offset| offset.parse().ok()) {
            clock.set_offset_seconds(offset);
        }
        let write_notify = Arc::new(Notify::new());
        Ok(Store { connection: Mutex::new(connection), public_url, clock, write_notify })
    }

    /// Runs `operation` in one transaction, and then notifies the background task. An error rolls the transaction
    /// back.
    pub(crate) fn write<T>(
        &self,
        request: RequestContext,
        operation: impl FnOnce(&Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = self.write_without_notify(request, operation)?;
        self.write_notify.notify_one();
        Ok(result)
    }

    /// Does the same without a notification. The background task uses it, because it would wake itself forever.
    pub(crate) fn write_without_notify<T>(
        &self,
        request: RequestContext,
        operation: impl FnOnce(&Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connection = self.lock();
        let tx = Tx::begin(&mut connection, request, &self.public_url, &self.clock)?;
        let result = operation(&tx)?;
        tx.commit()?;
        Ok(result)
    }

    /// Notified after each write.
    pub(crate) fn write_notify(&self) -> Arc<Notify> {
        Arc::clone(&self.write_notify)
    }

    /// The account's clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    // A panic rolled its transaction back, so the connection can still be used.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
