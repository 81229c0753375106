//! The active chaos, when it started, and its decisions for deliveries.

use rusqlite::params;

use crate::state::deliveries::DueDelivery;
use crate::state::transaction::Tx;
use crate::values::chaos::Chaos;
use crate::values::chaos_decision::{self, AttemptNumbers, ChaosDecision};
use crate::values::error::Error;
use crate::values::object_type::ObjectType;

const CHAOS: &str = "chaos";
const CHAOS_STARTED_AT: &str = "chaos_began";

/// How long a reordered delivery waits at most for a later one, in milliseconds.
const MAX_REORDER_WAIT: i64 = 60_000;

/// The active chaos.
pub(crate) struct ActiveChaos {
    pub(crate) chaos: Chaos,
    /// Unix seconds of the account's clock.
    started_at: i64,
}

impl ActiveChaos {
    /// When the outage ends, if there is one, in unix seconds of the account's clock.
    pub(crate) fn outage_end(&self) -> Option<i64> {
        (self.chaos.outage > 0).then(|| self.started_at.saturating_add(self.chaos.outage))
    }
}

impl Tx<'_> {
    /// The active chaos, if any.
    pub(crate) fn chaos(&self) -> Result<Option<ActiveChaos>, Error> {
        let Some(text) = self.setting(CHAOS)? else {
            return Ok(None);
        };
        let started_at =
            self.setting(CHAOS_STARTED_AT)?.and_then(|started_at| started_at.parse().ok()).unwrap_or_default();
        // The text was written by `set_chaos`, so it parses, unless a newer version wrote it.
        Ok(text.parse().ok().map(|chaos| ActiveChaos { chaos, started_at }))
    }

    /// Starts this chaos now, or ends the active one.
    pub(crate) fn set_chaos(&self, chaos: Option<&Chaos>) -> Result<(), Error> {
        let Some(chaos) = chaos else {
            return self.remove_setting(CHAOS);
        };
        self.set_setting(CHAOS, &chaos.to_string())?;
        self.set_setting(CHAOS_STARTED_AT, &self.started_at.to_string())
    }

    /// Schedules a new event for an endpoint: now, or later when chaos delays or reorders it.
    pub(super) fn schedule_new_delivery(&self, event: &str, endpoint: &str) -> Result<(), Error> {
        let now = self.account_now_millis();
        let Some(active) = self.chaos()? else {
            return self.schedule_delivery(event, endpoint, now);
        };
        let decision = self.chaos_decision(&active.chaos, event, endpoint, 1)?;
        let due_at = now.saturating_add(decision.delay.saturating_mul(1_000));
        if !decision.is_reordered {
            return self.schedule_delivery(event, endpoint, due_at);
        }
        self.schedule_delivery(event, endpoint, due_at.saturating_add(MAX_REORDER_WAIT))?;
        let sql = "insert into reordered_deliveries (event, endpoint, due_at) values (?1, ?2, ?3)";
        self.sql.execute(sql, params![event, endpoint, due_at])?;
        Ok(())
    }

    /// The chaos decision for an attempt. Attempts count from 1.
    pub(crate) fn chaos_decision(
        &self,
        chaos: &Chaos,
        event: &str,
        endpoint: &str,
        attempt: u32,
    ) -> Result<ChaosDecision, Error> {
        let event = self.creation_number(ObjectType::Event, event)?;
        let endpoint = self.creation_number(ObjectType::WebhookEndpoint, endpoint)?;
        Ok(chaos_decision::decide(
            chaos,
            AttemptNumbers { event_number: event, endpoint_number: endpoint, attempt_number: attempt },
        ))
    }

    /// Releases the earlier reordered events of an endpoint, because a later event was delivered.
    pub(crate) fn release_reordered(&self, delivery: &DueDelivery) -> Result<(), Error> {
        let DueDelivery { event, endpoint, .. } = delivery;
        let earlier_events = "select r.event from reordered_deliveries r join objects e on e.id = r.event
                       where r.endpoint = ?2 and e.seq < (select seq from objects where id = ?1)";
        let sql = format!(
            "update deliveries set due_at = (select r.due_at from reordered_deliveries r
                                             where r.event = deliveries.event and r.endpoint = ?2)
             where endpoint = ?2 and attempts = 0 and due_at is not null and event in ({earlier_events})"
        );
        self.sql.prepare_cached(&sql)?.execute(params![event, endpoint])?;
        let sql = format!(
            "delete from reordered_deliveries where endpoint = ?2 and (event = ?1 or event in ({earlier_events}))"
        );
        self.sql.prepare_cached(&sql)?.execute(params![event, endpoint])?;
        Ok(())
    }

    /// How many objects of a type had been created when this one was, itself included.
    pub(crate) fn creation_number(&self, object_type: ObjectType, id: &str) -> Result<i64, Error> {
        let sql = "select count(*) from objects where kind = ?2 and seq <= (select seq from objects where id = ?1)";
        let mut statement = self.sql.prepare_cached(sql)?;
        Ok(statement.query_row(params![id, object_type.object_name()], |row| row.get(0))?)
    }
}
