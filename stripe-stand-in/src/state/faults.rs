//! The configured faults that still apply to requests.

use rusqlite::{Row, params};

use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::fault::{Fault, FaultResponse};

impl Tx<'_> {
    /// Adds a fault after the existing ones.
    pub(crate) fn add_fault(&self, fault: &Fault) -> Result<(), Error> {
        let sql = "insert into faults (answer, method, path, times, should_retry) values (?1, ?2, ?3, ?4, ?5)";
        let Fault { response, method, path, remaining_calls, should_retry } = fault;
        self.sql.execute(sql, params![response_name(*response), method, path, remaining_calls, should_retry])?;
        Ok(())
    }

    /// All faults, in the order in which they apply.
    pub(crate) fn faults(&self) -> Result<Vec<Fault>, Error> {
        Ok(self.numbered_faults()?.into_iter().map(|(_, fault)| fault).collect())
    }

    /// The fault that applies to a request. Uses up one of its calls.
    pub(crate) fn take_fault(&self, method: &str, path: &str) -> Result<Option<Fault>, Error> {
        let Some((seq, fault)) = self.numbered_faults()?.into_iter().find(|(_, fault)| fault.matches(method, path))
        else {
            return Ok(None);
        };
        self.sql.execute("update faults set times = times - 1 where seq = ?1", params![seq])?;
        self.sql.execute("delete from faults where times <= 0", [])?;
        Ok(Some(fault))
    }

    /// Deletes all faults.
    pub(crate) fn clear_faults(&self) -> Result<(), Error> {
        self.sql.execute("delete from faults", [])?;
        Ok(())
    }

    fn numbered_faults(&self) -> Result<Vec<(i64, Fault)>, Error> {
        let sql = "select seq, answer, method, path, times, should_retry from faults order by seq";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map([], read_fault)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read_fault(row: &Row<'_>) -> rusqlite::Result<(i64, Fault)> {
    let response = match row.get::<_, String>(1)?.as_str() {
        "rate_limited" => FaultResponse::RateLimited,
        "failed_after" => FaultResponse::ErrorAfterExecution,
        _ => FaultResponse::ErrorWithoutExecution,
    };
    let (method, path) = (row.get(2)?, row.get(3)?);
    Ok((row.get(0)?, Fault { response, method, path, remaining_calls: row.get(4)?, should_retry: row.get(5)? }))
}

fn response_name(response: FaultResponse) -> &'static str {
    match response {
        FaultResponse::RateLimited => "rate_limited",
        FaultResponse::ErrorWithoutExecution => "failed_before",
        FaultResponse::ErrorAfterExecution => "failed_after",
    }
}
