//! Scheduled work by clock, the offset of the account's clock, and the account's settings.

use rusqlite::{OptionalExtension, params};

use crate::state::transaction::Tx;
use crate::state::{query, store};
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

impl Tx<'_> {
    /// The first object that is due by a clock until `until`, and its due time. Both times are in unix seconds.
    pub(crate) fn first_due(&self, clock: &str, until: i64) -> Result<Option<(Object, i64)>, Error> {
        let sql = "select o.body, s.due from schedule s join objects o on o.id = s.id
                   where s.clock = ?1 and s.due <= ?2 order by s.due, o.seq limit 1";
        let mut statement = self.sql.prepare_cached(sql)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?));
        let found = statement.query_row(params![clock, until], row).optional()?;
        Ok(found.map(|(body, due)| Ok::<_, serde_json::Error>((Object::parse(&body)?, due))).transpose()?)
    }

    /// When the next object is due by a clock, in unix seconds.
    pub(crate) fn next_due_time(&self, clock: &str) -> Result<Option<i64>, Error> {
        let sql = "select min(due) from schedule where clock = ?1";
        Ok(self.sql.query_row(sql, params![clock], |row| row.get(0)).optional()?.flatten())
    }

    /// Runs an operation in a savepoint. If it fails, only its own writes are rolled back.
    pub(crate) fn with_savepoint(&self, operation: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.sql.execute_batch("savepoint step")?;
        let result = operation();
        let end = if result.is_ok() { "release step" } else { "rollback to step; release step" };
        self.sql.execute_batch(end)?;
        result
    }

    /// Sets the account's clock to `until` (unix seconds).
    pub(crate) fn set_account_time(&self, until: i64) -> Result<(), Error> {
        let offset = self.clock.offset_seconds() + until - self.started_at;
        self.set_setting(store::CLOCK_OFFSET, &offset.to_string())?;
        self.clock.set_offset_seconds(offset);
        Ok(())
    }

    /// A setting of the account.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<String>, Error> {
        let sql = "select value from settings where name = ?1";
        Ok(self.sql.query_row(sql, params![name], |row| row.get(0)).optional()?)
    }

    /// Changes a setting of the account.
    pub(crate) fn set_setting(&self, name: &str, value: &str) -> Result<(), Error> {
        let sql = "insert into settings (name, value) values (?1, ?2) on conflict (name) do update set value = ?2";
        self.sql.execute(sql, params![name, value])?;
        Ok(())
    }

    /// Deletes a setting of the account.
    pub(crate) fn remove_setting(&self, name: &str) -> Result<(), Error> {
        self.sql.execute("delete from settings where name = ?1", params![name])?;
        Ok(())
    }

    /// Every object of a type that is on a test clock.
    pub(crate) fn objects_on_test_clock(&self, object_type: ObjectType, clock: &str) -> Result<Vec<Object>, Error> {
        self.all(query::Query::of(object_type).with("test_clock", clock.to_owned()))
    }
}
