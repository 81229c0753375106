//! Counters: how much of a meter was used in a period. Consuming is one transaction, so that a repeated call counts once.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::connection::Store;
use super::error::StoreError;
use super::facts::parse_fact;
use super::item::{self, key_attributes, number_attribute};
use super::keys::{
    self, CHECKOUT_PREFIX, EXPIRES_AT, PK, REFERRED, REFUND_REQUEST_PREFIX, SK, USAGE_PREFIX, USAGE_RANGE_END,
};
use super::transaction::{build_error, failed_conditions, wait_before_retry};
use crate::domain::{Fact, MeterId, MeterUsage, UsageWindow, UserId};

/// How long a counter outlives its period.
const COUNTER_RETENTION: SignedDuration = SignedDuration::from_hours(3 * 24);
/// How long an idempotency key is kept.
const IDEMPOTENCY_KEY_RETENTION: SignedDuration = SignedDuration::from_hours(2 * 24);
const MAX_ATTEMPTS: u32 = 12;

/// The facts, which say how much a learner may use, and the counters, which say how much was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactsAndUsage {
    /// All access facts.
    pub facts: Vec<Fact>,
    /// All counters that are kept.
    pub counters: UsageCounters,
}

/// A learner's counters, those of past periods included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageCounters(HashMap<String, u64>);

impl UsageCounters {
    /// How much of a meter was used in a period.
    pub fn used(&self, meter: &MeterId, window: &UsageWindow) -> u64 {
        self.0.get(&format!("{meter}#{}", window.key)).copied().unwrap_or(0)
    }
}

/// A request to count usage.
#[derive(Debug, Clone, Copy)]
pub struct Consumption<'a> {
    /// Who.
    pub user: &'a UserId,
    /// What.
    pub meter: &'a MeterId,
    /// When.
    pub window: &'a UsageWindow,
    /// How much.
    pub quantity: u64,
    /// The meter as it will be answered: with this consumption, and with the limit that guards it.
    pub usage_after: MeterUsage,
    /// The client's key of this request, under which it is counted once.
    pub idempotency_key: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

/// How a request to count usage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsumeOutcome {
    /// Counted.
    Counted,
    /// Counted before, under the same key, and answered so.
    Repeated(MeterUsage),
    /// The key was used for another request; nothing is counted.
    KeyReused,
    /// More than is left; nothing is counted.
    OverLimit,
}

/// What is kept under an idempotency key.
#[derive(Serialize, Deserialize)]
struct IdempotencyRecord {
    meter: MeterId,
    quantity: u64,
    answered: MeterUsage,
}

impl Store {
    /// A learner's access facts and counters, by a strongly consistent read.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn facts_and_usage(&self, user: &UserId) -> Result<FactsAndUsage, StoreError> {
        let query = self.query_facts_until(user, USAGE_RANGE_END);
        #[derive(Deserialize)]
        struct Counter {
            used: u64,
        }
        let mut account = FactsAndUsage::default();
        for item in item::query_all_pages(query).await? {
            let counter = match item.get(SK) {
                // Open checkouts, a referral and refund requests sort between facts and counters.
                Some(AttributeValue::S(sort))
                    if sort.starts_with(CHECKOUT_PREFIX)
                        || sort == REFERRED
                        || sort.starts_with(REFUND_REQUEST_PREFIX) =>
                {
                    continue;
                }
                Some(AttributeValue::S(sort)) => sort.strip_prefix(USAGE_PREFIX).map(str::to_owned),
                _ => None,
            };
            match counter {
                Some(name) => drop(account.counters.0.insert(name, item::from_item::<Counter>(item)?.used)),
                None => account.facts.extend(parse_fact(item)?.map(|fact| fact.value)),
            }
        }
        Ok(account)
    }

    /// Counts a consumption if the limit has room for it; with a key, once.
    ///
    /// The SDK sends every attempt of the transaction with the same `ClientRequestToken`, so that a lost answer and its
    /// retry count once, too.
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended. Without an answer it may have been counted.
    pub async fn consume(&self, consumption: &Consumption<'_>) -> Result<ConsumeOutcome, StoreError> {
        let mut operations = Vec::new();
        if let Some(key) = consumption.idempotency_key {
            operations.push(TransactWriteItem::builder().put(self.put_idempotency_record(consumption, key)?).build());
        }
        operations.push(TransactWriteItem::builder().update(self.usage_update(consumption)?).build());
        for attempt in 1..=MAX_ATTEMPTS {
            let write = self.client.transact_write_items().set_transact_items(Some(operations.clone()));
            let Err(error) = write.send().await else { return Ok(ConsumeOutcome::Counted) };
            if failed_conditions(&error).is_none() {
                return Err(StoreError::from_sdk(error));
            }
            let reasons = cancellation_reasons(&error);
            match CancellationCause::from_codes(
                reasons.iter().map(CancellationReason::code),
                consumption.idempotency_key.is_some(),
            ) {
                CancellationCause::KeyUsed => return outcome_of_used_key(consumption, reasons.first()),
                CancellationCause::OverLimit => return Ok(ConsumeOutcome::OverLimit),
                CancellationCause::Contended => wait_before_retry(attempt).await,
            }
        }
        Err(StoreError::Contended)
    }

    fn put_idempotency_record(&self, consumption: &Consumption<'_>, key: &str) -> Result<Put, StoreError> {
        let hash = hex::encode(&Sha256::digest(key)[..16]);
        let remembered = IdempotencyRecord {
            meter: consumption.meter.clone(),
            quantity: consumption.quantity,
            answered: consumption.usage_after,
        };
        let mut item = item::to_item(&keys::usage_key(consumption.user, &hash), &remembered)?;
        item.insert(EXPIRES_AT.to_owned(), number_attribute(expires_at(consumption.at, IDEMPOTENCY_KEY_RETENTION)));
        Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk) OR #expires <= :now")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":now", number_attribute(consumption.at.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(build_error)
    }

    fn usage_update(&self, consumption: &Consumption<'_>) -> Result<Update, StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::usage(consumption.user, consumption.meter, &consumption.window.key))))
            .update_expression("ADD #used :quantity SET #expires = :expires")
            .expression_attribute_names("#used", "used")
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":quantity", number_attribute(consumption.quantity))
            .expression_attribute_values(
                ":expires",
                number_attribute(expires_at(consumption.window.ends, COUNTER_RETENTION)),
            );
        let update = match consumption.usage_after.limit.at_most.map(|most| most.checked_sub(consumption.quantity)) {
            None => update,
            Some(Some(room)) => update
                .condition_expression("attribute_not_exists(#used) OR #used <= :room")
                .expression_attribute_values(":room", number_attribute(room)),
            // More than the limit at once: nothing was ever used less than zero times.
            Some(None) => {
                update.condition_expression("#used < :none").expression_attribute_values(":none", number_attribute(0))
            }
        };
        update.build().map_err(build_error)
    }
}

/// What a cancelled transaction means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CancellationCause {
    /// The key was used before.
    KeyUsed,
    /// The counter has no room.
    OverLimit,
    /// Another transaction was in the way.
    Contended,
}

impl CancellationCause {
    /// From the reason of each operation; with a key, the first one is the key's.
    fn from_codes<'a>(codes: impl Iterator<Item = Option<&'a str>>, with_key: bool) -> Self {
        const FAILED: &str = "ConditionalCheckFailed";
        let codes: Vec<&str> = codes.map(|code| code.unwrap_or("None")).collect();
        match codes.as_slice() {
            [FAILED, ..] if with_key => Self::KeyUsed,
            // If the idempotency key is in conflict, a repeated request may be the one that used the rest. So a
            // failed counter condition alone is not enough; the key's reason has to be `None`.
            [FAILED] | ["None", FAILED] => Self::OverLimit,
            _ => Self::Contended,
        }
    }
}

/// Compares what is kept under the key with the request.
fn outcome_of_used_key(
    consumption: &Consumption<'_>,
    reason: Option<&CancellationReason>,
) -> Result<ConsumeOutcome, StoreError> {
    let kept = reason.and_then(|reason| reason.item.clone()).unwrap_or_default();
    let IdempotencyRecord { meter, quantity, answered } = item::from_item(kept)?;
    let same = (&meter, quantity) == (consumption.meter, consumption.quantity);
    Ok(if same { ConsumeOutcome::Repeated(answered) } else { ConsumeOutcome::KeyReused })
}

/// Why each operation was not done, in their order.
fn cancellation_reasons(error: &SdkError<TransactWriteItemsError>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        _ => &[],
    }
}

/// In seconds since 1970, as a time to live is written.
fn expires_at(from: Timestamp, by: SignedDuration) -> i64 {
    from.as_second().saturating_add(by.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_key_says_more_than_a_full_counter_and_contention_more_than_nothing() {
        const FAILED: &str = "ConditionalCheckFailed";
        const BUSY: &str = "TransactionConflict";
        for (codes, with_key, expected) in [
            (&[FAILED][..], false, CancellationCause::OverLimit),
            (&[BUSY], false, CancellationCause::Contended),
            (&[FAILED, "None"], true, CancellationCause::KeyUsed),
            (&[FAILED, FAILED], true, CancellationCause::KeyUsed),
            (&[FAILED, BUSY], true, CancellationCause::KeyUsed),
            (&["None", FAILED], true, CancellationCause::OverLimit),
            (&[BUSY, FAILED], true, CancellationCause::Contended),
            (&["None", BUSY], true, CancellationCause::Contended),
            (&["ThrottlingError", "None"], true, CancellationCause::Contended),
            (&[], true, CancellationCause::Contended),
        ] {
            let verdict = CancellationCause::from_codes(codes.iter().copied().map(Some), with_key);
            assert_eq!(verdict, expected, "{codes:?} {with_key}");
        }
    }
}
