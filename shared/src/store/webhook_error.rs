//! The error queue: events that failed, open until a retry succeeds. An entry holds what it takes to apply the
//! event again, so that an operator can retry what Stripe has given up, and no personal data. It is deleted when it closes.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{ConditionCheck, ReturnValue, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::commit::{failed_conditions, incomplete, pause};
use super::item::{self, key_of, number, string};
use super::keys::{self, PK};
use super::{Store, StoreError};
use crate::domain::EventId;

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE_SECONDS: i64 = 300;
const LONGEST_PAUSE_SECONDS: i64 = 6 * 3_600;

/// An event that failed just now.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// The event.
    pub event: &'a EventId,
    /// Its type.
    pub kind: &'a str,
    /// A short stable word.
    pub code: &'a str,
    /// What went wrong, for an operator.
    pub error: &'a str,
    /// The event as it can be applied again, without personal data.
    pub payload: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// What became of an event's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It is open.
    Open,
    /// It was open until now.
    Closed,
    /// There is none.
    Absent,
}

/// An open entry of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedEvent {
    /// The event.
    pub event: EventId,
    /// Its type.
    pub kind: String,
    /// The last error's word.
    pub code: String,
    /// The last error.
    pub error: String,
    /// How often it failed.
    pub attempts: u64,
    /// When it first failed.
    pub first_failed_at: Timestamp,
    /// When it last failed.
    pub last_failed_at: Timestamp,
    /// The event as it can be applied again, without personal data.
    pub payload: String,
}

impl FailedEvent {
    /// When it should be tried again: five minutes after the first failure, twice as long after each further one, at most six
    /// hours.
    pub fn due_at(&self) -> Timestamp {
        let doublings = u32::try_from(self.attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        let pause = (FIRST_PAUSE_SECONDS << doublings).min(LONGEST_PAUSE_SECONDS);
        self.last_failed_at.checked_add(SignedDuration::from_secs(pause)).unwrap_or(Timestamp::MAX)
    }
}

impl Store {
    /// Opens or updates the entry of an event, unless the event has been processed meanwhile: then there is nothing to
    /// mend, and no entry.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn record_failure(&self, failure: &Failure<'_>) -> Result<Entry, StoreError> {
        let unprocessed = ConditionCheck::builder()
            .table_name(&*self.table)
            .set_key(Some(key_of(&keys::processed(failure.event))))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK)
            .build()
            .map_err(incomplete)?;
        let unprocessed = TransactWriteItem::builder().condition_check(unprocessed).build();
        let entry = TransactWriteItem::builder().update(self.update(failure)?).build();
        for attempt in 1..=ATTEMPTS {
            let write = self.client.transact_write_items();
            let write = write.transact_items(unprocessed.clone()).transact_items(entry.clone());
            let Err(error) = write.send().await else { return Ok(Entry::Open) };
            match failed_conditions(&error).as_deref() {
                None => return Err(StoreError::from_sdk(error)),
                Some([]) => pause(attempt).await,
                // It has been processed: there is nothing to mend.
                Some(_) => return Ok(Entry::Absent),
            }
        }
        Err(StoreError::Contended)
    }

    fn update(&self, failure: &Failure<'_>) -> Result<Update, StoreError> {
        Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_of(&keys::webhook_error(failure.event))))
            .update_expression(
                "SET #event = :event, #kind = :kind, #code = :code, #error = :error, #payload = :payload, \
                 first_failed_at = if_not_exists(first_failed_at, :at), last_failed_at = :at ADD attempts :one",
            )
            .expression_attribute_names("#event", "event")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#error", "error")
            .expression_attribute_names("#payload", "payload")
            .expression_attribute_values(":event", string(failure.event.as_str()))
            .expression_attribute_values(":kind", string(failure.kind))
            .expression_attribute_values(":code", string(failure.code))
            .expression_attribute_values(":error", string(failure.error))
            .expression_attribute_values(":payload", string(failure.payload))
            .expression_attribute_values(":at", string(failure.at.to_string()))
            .expression_attribute_values(":one", number(1))
            .build()
            .map_err(incomplete)
    }

    /// Closes the entry of an event that needs no work after all; one that does closes with its commit.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn close_failure(&self, event: &EventId) -> Result<Entry, StoreError> {
        let delete = self.client.delete_item().table_name(&*self.table).return_values(ReturnValue::AllOld);
        let delete = delete.set_key(Some(key_of(&keys::webhook_error(event))));
        let old = delete.send().await.map_err(StoreError::from_sdk)?.attributes;
        Ok(if old.is_some_and(|old| !old.is_empty()) { Entry::Closed } else { Entry::Absent })
    }

    /// Whether no entry is open. Reads at most one entry of each shard.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn has_no_failures(&self) -> Result<bool, StoreError> {
        for shard in 0..keys::WEBHOOK_ERROR_SHARDS {
            let first = self.failures_of(shard).consistent_read(true).limit(1).send().await;
            if first.map_err(StoreError::from_sdk)?.count > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All open entries.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn failures(&self) -> Result<Vec<FailedEvent>, StoreError> {
        let mut failures = Vec::new();
        for shard in 0..keys::WEBHOOK_ERROR_SHARDS {
            for item in item::all_of(self.failures_of(shard)).await? {
                failures.push(item::read(item)?);
            }
        }
        Ok(failures)
    }

    /// The open entries of a shard that follow `after`, a hundred at most.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn failures_after(&self, shard: u32, after: Option<&EventId>) -> Result<Vec<FailedEvent>, StoreError> {
        let query = self.failures_of(shard).consistent_read(true).limit(100);
        let query = query.set_exclusive_start_key(after.map(|event| key_of(&keys::webhook_error(event))));
        let page = query.send().await.map_err(StoreError::from_sdk)?;
        page.items.unwrap_or_default().into_iter().map(item::read).collect()
    }

    fn failures_of(&self, shard: u32) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&*self.table).key_condition_expression("#pk = :pk");
        let query = query.expression_attribute_names("#pk", PK);
        query.expression_attribute_values(":pk", string(keys::webhook_error_shard(shard)))
    }
}
