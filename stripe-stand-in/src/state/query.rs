//! Lists of objects: Stripe's filters and its pagination by object id
//! (<https://docs.stripe.com/api/pagination>).

use rusqlite::types::Value as Sql;
use rusqlite::{OptionalExtension, params, params_from_iter};

use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// Conditions for objects of one type.
pub(crate) struct Query {
    object_type: ObjectType,
    conditions: Vec<String>,
    values: Vec<Sql>,
}

/// Which page of a list to return, newest first.
#[derive(Debug)]
pub(crate) struct PageRequest {
    /// 1 to 100.
    pub(crate) limit: i64,
    pub(crate) starting_after: Option<String>,
    pub(crate) ending_before: Option<String>,
}

impl PageRequest {
    /// The newest `limit` objects.
    pub(crate) fn newest(limit: i64) -> PageRequest {
        PageRequest { limit, starting_after: None, ending_before: None }
    }
}

impl Query {
    /// Every object of a type that is not deleted.
    pub(crate) fn of(object_type: ObjectType) -> Query {
        let values = vec![Sql::from(object_type.object_name().to_owned())];
        Query { object_type, conditions: vec!["kind = ? and deleted = 0".to_owned()], values }
    }

    /// Keeps objects whose JSON `path` (such as `payment_intent` or `recurring.interval`) has this value.
    pub(crate) fn with(self, path: &str, value: impl Into<Sql>) -> Query {
        self.compare(path, "=", value)
    }

    /// Keeps objects whose text at `path` equals this one, ignoring case.
    pub(crate) fn with_case_insensitive(mut self, path: &str, text: String) -> Query {
        self.conditions.push(format!("json_extract(body, '$.{path}') = ? collate nocase"));
        self.values.push(text.into());
        self
    }

    /// Keeps objects whose number at `path` compares as given. `operator` is one of `=`, `>`, `>=`, `<`, `<=`.
    pub(crate) fn compare(mut self, path: &str, operator: &str, value: impl Into<Sql>) -> Query {
        self.conditions.push(format!("json_extract(body, '$.{path}') {operator} ?"));
        self.values.push(value.into());
        self
    }

    /// Keeps objects whose value at `path` is one of `values`.
    pub(crate) fn with_any_of(mut self, path: &str, values: &[String]) -> Query {
        let marks = vec!["?"; values.len()].join(", ");
        self.conditions.push(format!("json_extract(body, '$.{path}') in ({marks})"));
        self.values.extend(values.iter().cloned().map(Sql::from));
        self
    }

    /// Adds an SQL condition without placeholders.
    pub(crate) fn and_sql(mut self, condition: &str) -> Query {
        self.conditions.push(condition.to_owned());
        self
    }
}

impl Tx<'_> {
    /// One page of a list, newest first, and whether more follow in that direction.
    pub(crate) fn page(&self, query: Query, page: &PageRequest) -> Result<(Vec<Object>, bool), Error> {
        let Query { object_type, mut conditions, mut values } = query;
        let backwards = page.ending_before.is_some();
        if let Some(id) = &page.starting_after {
            conditions.push("seq < ?".to_owned());
            values.push(self.cursor_position(object_type, id, "starting_after")?.into());
        }
        if let Some(id) = &page.ending_before {
            conditions.push("seq > ?".to_owned());
            values.push(self.cursor_position(object_type, id, "ending_before")?.into());
        }
        values.push((page.limit + 1).into());
        let sql = format!(
            "select body from objects where {} order by seq {} limit ?",
            conditions.join(" and "),
            if backwards { "asc" } else { "desc" },
        );
        let mut objects = self.objects(&sql, values)?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_more = objects.len() > limit;
        objects.truncate(limit);
        if backwards {
            objects.reverse();
        }
        Ok((objects, has_more))
    }

    /// Every matching object, oldest first.
    pub(crate) fn all(&self, query: Query) -> Result<Vec<Object>, Error> {
        let conditions = query.conditions.join(" and ");
        let sql = format!("select body from objects where {conditions} order by seq");
        self.objects(&sql, query.values)
    }

    /// The newest matching object.
    pub(crate) fn first(&self, query: Query) -> Result<Option<Object>, Error> {
        Ok(self.page(query, &PageRequest::newest(1))?.0.into_iter().next())
    }

    fn objects(&self, sql: &str, values: Vec<Sql>) -> Result<Vec<Object>, Error> {
        let mut statement = self.sql.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut objects = Vec::new();
        while let Some(row) = rows.next()? {
            objects.push(Object::parse(&row.get::<_, String>(0)?)?);
        }
        Ok(objects)
    }

    fn cursor_position(&self, object_type: ObjectType, id: &str, param: &str) -> Result<i64, Error> {
        let sql = "select seq from objects where id = ?1 and kind = ?2";
        let found = self.sql.query_row(sql, params![id, object_type.object_name()], |row| row.get(0));
        Ok(found.optional()?.ok_or_else(|| ApiError::resource_missing(object_type, id, param))?)
    }
}
