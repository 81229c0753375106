//! How far Stripe's events have been read, and which of them were processed.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::connection::Store;
use super::error::StoreError;
use super::event_state::{STATE, is_failed};
use super::item::{self, key_attributes, number_attribute};
use super::keys::{self, Key, PK};
use super::transaction::{build_error, wait_before_retry};
use super::versioned::Versioned;
use crate::domain::{AppId, EventId};

/// What one BatchGetItem may ask for.
const MAX_BATCH_KEYS: usize = 100;
const MAX_ATTEMPTS: u32 = 8;

/// How far Stripe's events have been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whatever happened before this was applied, or is in the error queue.
    pub done_until: Timestamp,
    /// What is being read, when a run stopped in the middle.
    pub window: Option<EventWindow>,
    /// Whose events these are.
    pub installation: Installation,
}

/// What decides how events are applied: the tool on an operator's machine has to be configured as the functions are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// Which one.
    pub app: AppId,
    /// Whether it is one of test mode.
    pub test_mode: bool,
    /// Whether a lost dispute ends its subscription.
    #[serde(rename = "dispute_cancels")]
    pub cancel_on_lost_dispute: bool,
}

/// A stretch of Stripe's events. Stripe lists the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventWindow {
    /// It begins here.
    pub from: Timestamp,
    /// It ends here.
    pub until: Timestamp,
    /// The oldest event that was read: the next page begins after it.
    #[serde(rename = "after")]
    pub last_read_event: Option<EventId>,
}

impl Store {
    /// The checkpoint; `None` before the first run.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn checkpoint(&self) -> Result<Option<Versioned<Checkpoint>>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let got = get.set_key(Some(key_attributes(&keys::checkpoint()))).send().await.map_err(StoreError::from_sdk)?;
        got.item.map(item::from_versioned_item).transpose()
    }

    /// Replaces the checkpoint that had the version `read`: the new version, or `None` when another run was faster.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn save_checkpoint(&self, checkpoint: &Checkpoint, read: Option<u64>) -> Result<Option<u64>, StoreError> {
        let version = read.unwrap_or(0).saturating_add(1);
        let mut item = item::to_item(&keys::checkpoint(), checkpoint)?;
        item.insert("version".to_owned(), number_attribute(version));
        let put = self.client.put_item().table_name(&*self.table).set_item(Some(item));
        let put = match read {
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            Some(read) => put
                .condition_expression("#version = :read")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":read", number_attribute(read)),
        };
        match put.send().await {
            Ok(_) => Ok(Some(version)),
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(None)
            }
            Err(error) => Err(StoreError::from_sdk(error)),
        }
    }

    /// Which of these events were processed.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays too busy.
    pub async fn processed_events(&self, events: &[EventId]) -> Result<BTreeSet<EventId>, StoreError> {
        let mut processed = BTreeSet::new();
        for events in events.chunks(MAX_BATCH_KEYS) {
            let found = self.processed_rows(events.iter().map(keys::event).collect()).await?;
            let is_found = |event: &&EventId| found.contains(&keys::event(event).pk);
            processed.extend(events.iter().filter(is_found).cloned());
        }
        Ok(processed)
    }

    /// The partition keys of those of the events that were processed.
    async fn processed_rows(&self, mut wanted: Vec<Key>) -> Result<BTreeSet<String>, StoreError> {
        wanted.dedup();
        let mut left = Some(wanted.iter().map(key_attributes).collect::<Vec<_>>());
        let mut found = BTreeSet::new();
        for attempt in 1..=MAX_ATTEMPTS {
            let Some(keys) = left.take().filter(|keys| !keys.is_empty()) else { return Ok(found) };
            let wanted = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys));
            let wanted = wanted.projection_expression("#pk, #state").expression_attribute_names("#pk", PK);
            let wanted = wanted.expression_attribute_names("#state", STATE);
            let batch = self.client.batch_get_item();
            let batch = batch.request_items(&*self.table, wanted.build().map_err(build_error)?);
            let answer = batch.send().await.map_err(StoreError::from_sdk)?;
            let items = answer.responses.into_iter().flat_map(|mut tables| tables.remove(&*self.table));
            let processed = items.flatten().filter(|item| !is_failed(item));
            found.extend(processed.filter_map(|mut item| match item.remove(PK) {
                Some(AttributeValue::S(key)) => Some(key),
                _ => None,
            }));
            left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&*self.table)).map(|left| left.keys);
            if left.is_some() {
                wait_before_retry(attempt).await;
            }
        }
        if left.is_none() { Ok(found) } else { Err(StoreError::Contended) }
    }
}
