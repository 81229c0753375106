//! The error queue: events that failed, open until a retry succeeds. An entry is the event's own row in the state `failed`,
//! listed by the index. It holds what it takes to apply the event again, so that an operator can retry what Stripe has given
//! up, and no personal data. The commit that applies the event turns it into `processed`.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::connection::Store;
use super::error::StoreError;
use super::event_state::{FAILED, STATE};
use super::item::{self, key_attributes, number_attribute, string_attribute};
use super::keys::{self, OPERATOR_LIST, OPERATOR_SORT, OPERATORS_INDEX};
use super::transaction::wait_before_retry;
use crate::domain::EventId;

const MAX_ATTEMPTS: u32 = 5;
/// How many entries are read at once.
const PAGE_SIZE: i32 = 100;
const FIRST_RETRY_DELAY_SECONDS: i64 = 300;
const MAX_RETRY_DELAY_SECONDS: i64 = 6 * 3_600;

/// An event that failed just now.
#[derive(Debug, Clone, Copy)]
pub struct EventFailure<'a> {
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
pub enum ErrorQueueEntry {
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
    pub fn retry_at(&self) -> Timestamp {
        let doublings = u32::try_from(self.attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        let pause = (FIRST_RETRY_DELAY_SECONDS << doublings).min(MAX_RETRY_DELAY_SECONDS);
        self.last_failed_at.checked_add(SignedDuration::from_secs(pause)).unwrap_or(Timestamp::MAX)
    }
}

impl Store {
    /// Opens or updates the entry of an event, unless the event has been processed meanwhile: then there is nothing to
    /// mend, and no entry.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn record_failed_event(&self, failure: &EventFailure<'_>) -> Result<ErrorQueueEntry, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::event(failure.event))))
            .update_expression(
                "SET #state = :failed, #event = :event, #kind = :kind, #code = :code, #error = :error, \
                 #payload = :payload, first_failed_at = if_not_exists(first_failed_at, :at), last_failed_at = :at, \
                 #list = :list, #sort = if_not_exists(#sort, :sort) ADD attempts :one",
            )
            .condition_expression("attribute_not_exists(#state) OR #state = :failed")
            .expression_attribute_names("#state", STATE)
            .expression_attribute_names("#event", "event")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#error", "error")
            .expression_attribute_names("#payload", "payload")
            .expression_attribute_names("#list", OPERATOR_LIST)
            .expression_attribute_names("#sort", OPERATOR_SORT)
            .expression_attribute_values(":failed", string_attribute(FAILED))
            .expression_attribute_values(":event", string_attribute(failure.event.as_str()))
            .expression_attribute_values(":kind", string_attribute(failure.kind))
            .expression_attribute_values(":code", string_attribute(failure.code))
            .expression_attribute_values(":error", string_attribute(failure.error))
            .expression_attribute_values(":payload", string_attribute(failure.payload))
            .expression_attribute_values(":at", string_attribute(failure.at.to_string()))
            .expression_attribute_values(":list", string_attribute(keys::failed_event_list_of(failure.event)))
            .expression_attribute_values(":sort", string_attribute(keys::failed_event_sort(failure.at, failure.event)))
            .expression_attribute_values(":one", number_attribute(1));
        for attempt in 1..=MAX_ATTEMPTS {
            let Err(error) = update.clone().send().await else { return Ok(ErrorQueueEntry::Open) };
            match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => return Ok(ErrorQueueEntry::Absent),
                // The event is being applied at this moment.
                Some(refused) if refused.is_transaction_conflict_exception() => wait_before_retry(attempt).await,
                _ => return Err(StoreError::from_sdk(error)),
            }
        }
        Err(StoreError::Contended)
    }

    /// Closes the entry of an event that needs no work after all; one that does closes with its commit.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn close_failed_event(&self, event: &EventId) -> Result<ErrorQueueEntry, StoreError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::event(event))))
            .condition_expression("#state = :failed")
            .expression_attribute_names("#state", STATE)
            .expression_attribute_values(":failed", string_attribute(FAILED));
        match delete.send().await {
            Ok(_) => Ok(ErrorQueueEntry::Closed),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(ErrorQueueEntry::Absent)
            }
            Err(error) => Err(StoreError::from_sdk(error)),
        }
    }

    /// Whether no entry is open, as far as the index tells, which follows the table after a moment. `closed` is one that was
    /// closed just now, so it may still be listed.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn is_error_queue_empty(&self, closed: Option<&EventId>) -> Result<bool, StoreError> {
        let closed = closed.map(|event| string_attribute(event.as_str()));
        for list in 0..keys::FAILED_EVENT_LIST_COUNT {
            let first = self.query_failed_events(list, None).limit(2).send().await.map_err(StoreError::from_sdk)?;
            if first.items.unwrap_or_default().iter().any(|entry| entry.get("event") != closed.as_ref()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All open entries.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn failed_events(&self) -> Result<Vec<FailedEvent>, StoreError> {
        let mut failures = Vec::new();
        for list in 0..keys::FAILED_EVENT_LIST_COUNT {
            for item in item::query_all_pages(self.query_failed_events(list, None)).await? {
                failures.push(item::from_item(item)?);
            }
        }
        Ok(failures)
    }

    /// The open entries of a list that follow `after`, the oldest first, a hundred at most.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn failed_events_page(
        &self,
        list: u32,
        after: Option<&FailedEvent>,
    ) -> Result<Vec<FailedEvent>, StoreError> {
        let page = self.query_failed_events(list, after).limit(PAGE_SIZE).send().await.map_err(StoreError::from_sdk)?;
        page.items.unwrap_or_default().into_iter().map(item::from_item).collect()
    }

    fn query_failed_events(&self, list: u32, after: Option<&FailedEvent>) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&*self.table).index_name(OPERATORS_INDEX);
        let query = query.expression_attribute_names("#list", OPERATOR_LIST);
        let query = query.expression_attribute_values(":list", string_attribute(keys::failed_event_list(list)));
        match after {
            None => query.key_condition_expression("#list = :list"),
            Some(last) => query
                .key_condition_expression("#list = :list AND #sort > :last")
                .expression_attribute_names("#sort", OPERATOR_SORT)
                .expression_attribute_values(
                    ":last",
                    string_attribute(keys::failed_event_sort(last.first_failed_at, &last.event)),
                ),
        }
    }
}
