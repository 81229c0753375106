//! A transaction: reads and writes objects, and records events.

use std::cell::Cell;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::values::clock::Clock;
use crate::values::due_time;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// The `request` field of events. Empty for hosted pages, test actions and scheduled work.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestContext {
    pub(crate) request_id: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

/// An open transaction with the time and the request that its events share.
pub(crate) struct Tx<'c> {
    pub(super) sql: Transaction<'c>,
    /// The account's time when the transaction began, in unix seconds.
    pub(super) started_at: i64,
    now: Cell<i64>,
    /// The latest account time that this transaction has reached, in unix seconds.
    account_time: Cell<i64>,
    pub(super) clock: &'c Clock,
    pub(crate) request: RequestContext,
    /// Base of the hosted pages' URLs, without a trailing slash.
    pub(crate) public_url: &'c str,
}

impl<'c> Tx<'c> {
    pub(super) fn begin(
        connection: &'c mut Connection,
        request: RequestContext,
        public_url: &'c str,
        clock: &'c Clock,
    ) -> Result<Tx<'c>, rusqlite::Error> {
        let started_at = clock.now().as_second();
        Ok(Tx {
            sql: connection.transaction()?,
            started_at,
            now: Cell::new(started_at),
            account_time: Cell::new(started_at),
            clock,
            request,
            public_url,
        })
    }

    /// The time of changes in this transaction, in unix seconds: the account's, unless a test clock is used.
    pub(crate) fn now(&self) -> i64 {
        self.now.get()
    }

    /// Sets the time for the rest of the transaction.
    pub(crate) fn set_now(&self, time: i64) {
        self.now.set(time);
    }

    /// Runs `operation` at another time.
    pub(crate) fn at_time<T>(&self, time: i64, operation: impl FnOnce() -> T) -> T {
        let previous = self.now.replace(time);
        let result = operation();
        self.now.set(previous);
        result
    }

    /// Runs `operation` at a later account time. The caller then sets the account's clock to it.
    pub(crate) fn at_account_time<T>(&self, time: i64, operation: impl FnOnce() -> T) -> T {
        self.account_time.set(self.account_time.get().max(time));
        self.at_time(time, operation)
    }

    /// The account's time in unix milliseconds, which deliveries use.
    pub(crate) fn account_now_millis(&self) -> i64 {
        self.clock.now_millis().max(self.account_time.get().saturating_mul(1_000))
    }

    pub(super) fn commit(self) -> Result<(), rusqlite::Error> {
        self.sql.commit()
    }

    /// An object that exists and is not deleted.
    pub(crate) fn find(&self, object_type: ObjectType, id: &str) -> Result<Option<Object>, Error> {
        let sql = "select body from objects where id = ?1 and kind = ?2 and deleted = 0";
        let mut statement = self.sql.prepare_cached(sql)?;
        let body: Option<String> =
            statement.query_row(params![id, object_type.object_name()], |row| row.get(0)).optional()?;
        Ok(body.map(|body| Object::parse(&body)).transpose()?)
    }

    /// The object that a path names, or Stripe's 404.
    pub(crate) fn load(&self, object_type: ObjectType, id: &str) -> Result<Object, Error> {
        self.load_param(object_type, id, object_type.path_param_name())
    }

    /// The object that parameter `param` names, or Stripe's 404 for this parameter.
    pub(crate) fn load_param(&self, object_type: ObjectType, id: &str, param: &str) -> Result<Object, Error> {
        self.find(object_type, id)?.ok_or_else(|| ApiError::resource_missing(object_type, id, param).into())
    }

    /// Whether an object with this id existed and was deleted.
    pub(crate) fn is_deleted(&self, object_type: ObjectType, id: &str) -> Result<bool, Error> {
        let sql = "select 1 from objects where id = ?1 and kind = ?2 and deleted = 1";
        let found = self.sql.query_row(sql, params![id, object_type.object_name()], |_| Ok(())).optional()?;
        Ok(found.is_some())
    }

    /// Stores a new object.
    pub(crate) fn insert(&self, object: &Object) -> Result<(), Error> {
        let sql = "insert into objects (id, kind, body) values (?1, ?2, ?3)";
        let mut statement = self.sql.prepare_cached(sql)?;
        statement.execute(params![object.id(), object.text("object"), object.to_stored_json()])?;
        self.schedule(object)
    }

    /// Replaces a stored object.
    pub(crate) fn save(&self, object: &Object) -> Result<(), Error> {
        let mut statement = self.sql.prepare_cached("update objects set body = ?2 where id = ?1")?;
        statement.execute(params![object.id(), object.to_stored_json()])?;
        self.schedule(object)
    }

    /// Marks an object as deleted. Only [`Tx::is_deleted`] still finds it.
    pub(crate) fn delete(&self, object: &Object) -> Result<(), Error> {
        self.sql.execute("update objects set deleted = 1 where id = ?1", params![object.id()])?;
        self.unschedule(object)
    }

    /// Schedules the next action of a stored object, by its clock.
    fn schedule(&self, object: &Object) -> Result<(), Error> {
        if !due_time::can_be_due(object) {
            return Ok(());
        }
        let Some(time) = due_time::next_due(object) else {
            return self.unschedule(object);
        };
        let sql = "insert into schedule (id, kind, clock, due) values (?1, ?2, ?3, ?4)
                   on conflict (id) do update set clock = ?3, due = ?4";
        let mut statement = self.sql.prepare_cached(sql)?;
        statement.execute(params![object.id(), object.text("object"), object.text("test_clock"), time])?;
        Ok(())
    }

    /// Removes the scheduled action of an object.
    pub(crate) fn unschedule(&self, object: &Object) -> Result<(), Error> {
        self.sql.prepare_cached("delete from schedule where id = ?1")?.execute(params![object.id()])?;
        Ok(())
    }
}
