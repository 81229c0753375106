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

use super::commit::{failed_conditions, incomplete, pause};
use super::facts::read_fact;
use super::item::{self, key_of, number};
use super::keys::{self, AFTER_USAGE, CHECKOUT, EXPIRES_AT, PK, SK, USAGE};
use super::{Store, StoreError};
use crate::domain::{Fact, MeterId, Reading, UserId, Window};

/// How long a counter outlives its period.
const COUNTER_KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);
/// How long an idempotency key is remembered.
const KEY_KEPT: SignedDuration = SignedDuration::from_hours(2 * 24);
const ATTEMPTS: u32 = 12;

/// What says how much a learner may use, and how much was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// All access facts.
    pub facts: Vec<Fact>,
    /// All counters that are kept.
    pub counters: Counters,
}

/// A learner's counters, those of past periods included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(HashMap<String, u64>);

impl Counters {
    /// How much of a meter was used in a period.
    pub fn used(&self, meter: &MeterId, window: &Window) -> u64 {
        self.0.get(&format!("{meter}#{}", window.key)).copied().unwrap_or(0)
    }
}

/// A wish to use something.
#[derive(Debug, Clone, Copy)]
pub struct Consumption<'a> {
    /// Who.
    pub user: &'a UserId,
    /// What.
    pub meter: &'a MeterId,
    /// When.
    pub window: &'a Window,
    /// How much.
    pub quantity: u64,
    /// The meter as it will be answered: with this consumption, and with the limit that guards it.
    pub after: Reading,
    /// The client's name for this wish, under which it is granted once.
    pub key: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

/// How a wish ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumed {
    /// Counted.
    Counted,
    /// Counted before, under the same key, and answered so.
    Repeated(Reading),
    /// The key was used for another wish; nothing is counted.
    KeyReused,
    /// More than is left; nothing is counted.
    OverLimit,
}

/// What is remembered under an idempotency key.
#[derive(Serialize, Deserialize)]
struct Remembered {
    meter: MeterId,
    quantity: u64,
    answered: Reading,
}

impl Store {
    /// A learner's access facts and counters, as consistent as a limit deserves.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn account(&self, user: &UserId) -> Result<Account, StoreError> {
        let query = self.query_facts_until(user, AFTER_USAGE);
        #[derive(Deserialize)]
        struct Counter {
            used: u64,
        }
        let mut account = Account::default();
        for item in item::all_of(query).await? {
            let counter = match item.get(SK) {
                // What is being bought lies between facts and counters.
                Some(AttributeValue::S(sort)) if sort.starts_with(CHECKOUT) => continue,
                Some(AttributeValue::S(sort)) => sort.strip_prefix(USAGE).map(str::to_owned),
                _ => None,
            };
            match counter {
                Some(name) => drop(account.counters.0.insert(name, item::read::<Counter>(item)?.used)),
                None => account.facts.extend(read_fact(item)?.map(|fact| fact.value)),
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
    pub async fn consume(&self, wish: &Consumption<'_>) -> Result<Consumed, StoreError> {
        let mut operations = Vec::new();
        if let Some(key) = wish.key {
            operations.push(TransactWriteItem::builder().put(self.remember_key(wish, key)?).build());
        }
        operations.push(TransactWriteItem::builder().update(self.count_usage(wish)?).build());
        for attempt in 1..=ATTEMPTS {
            let write = self.client.transact_write_items().set_transact_items(Some(operations.clone()));
            let Err(error) = write.send().await else { return Ok(Consumed::Counted) };
            if failed_conditions(&error).is_none() {
                return Err(StoreError::from_sdk(error));
            }
            let reasons = reasons(&error);
            match Verdict::of(reasons.iter().map(CancellationReason::code), wish.key.is_some()) {
                Verdict::KeyKnown => return known(wish, reasons.first()),
                Verdict::OverLimit => return Ok(Consumed::OverLimit),
                Verdict::Contended => pause(attempt).await,
            }
        }
        Err(StoreError::Contended)
    }

    fn remember_key(&self, wish: &Consumption<'_>, key: &str) -> Result<Put, StoreError> {
        let hash = hex::encode(&Sha256::digest(key)[..16]);
        let remembered = Remembered { meter: wish.meter.clone(), quantity: wish.quantity, answered: wish.after };
        let mut item = item::write(&keys::usage_key(wish.user, &hash), &remembered)?;
        item.insert(EXPIRES_AT.to_owned(), number(later(wish.at, KEY_KEPT)));
        Put::builder()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk) OR #expires <= :now")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":now", number(wish.at.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(incomplete)
    }

    fn count_usage(&self, wish: &Consumption<'_>) -> Result<Update, StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_of(&keys::usage(wish.user, wish.meter, &wish.window.key))))
            .update_expression("ADD #used :quantity SET #expires = :expires")
            .expression_attribute_names("#used", "used")
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":quantity", number(wish.quantity))
            .expression_attribute_values(":expires", number(later(wish.window.ends, COUNTER_KEPT)));
        let update = match wish.after.limit.at_most.map(|most| most.checked_sub(wish.quantity)) {
            None => update,
            Some(Some(room)) => update
                .condition_expression("attribute_not_exists(#used) OR #used <= :room")
                .expression_attribute_values(":room", number(room)),
            // More than the limit at once: nothing was ever used less than zero times.
            Some(None) => update.condition_expression("#used < :none").expression_attribute_values(":none", number(0)),
        };
        update.build().map_err(incomplete)
    }
}

/// What a cancelled transaction means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The key was used before.
    KeyKnown,
    /// The counter has no room.
    OverLimit,
    /// Another transaction was in the way.
    Contended,
}

impl Verdict {
    /// From the reason of each operation; with a key, the first one is the key's.
    fn of<'a>(codes: impl Iterator<Item = Option<&'a str>>, with_key: bool) -> Self {
        const FAILED: &str = "ConditionalCheckFailed";
        let codes: Vec<&str> = codes.map(|code| code.unwrap_or("None")).collect();
        match codes.as_slice() {
            [FAILED, ..] if with_key => Self::KeyKnown,
            // A twin that holds the key right now may be the one that took what was left: not [.., FAILED] alone.
            [FAILED] | ["None", FAILED] => Self::OverLimit,
            _ => Self::Contended,
        }
    }
}

/// What stands under the key, against what is wished for.
fn known(wish: &Consumption<'_>, reason: Option<&CancellationReason>) -> Result<Consumed, StoreError> {
    let kept = reason.and_then(|reason| reason.item.clone()).unwrap_or_default();
    let Remembered { meter, quantity, answered } = item::read(kept)?;
    let same = (&meter, quantity) == (wish.meter, wish.quantity);
    Ok(if same { Consumed::Repeated(answered) } else { Consumed::KeyReused })
}

/// Why each operation was not done, in their order.
fn reasons(error: &SdkError<TransactWriteItemsError>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        _ => &[],
    }
}

/// In seconds since 1970, as a time to live is written.
fn later(from: Timestamp, by: SignedDuration) -> i64 {
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
            (&[FAILED][..], false, Verdict::OverLimit),
            (&[BUSY], false, Verdict::Contended),
            (&[FAILED, "None"], true, Verdict::KeyKnown),
            (&[FAILED, FAILED], true, Verdict::KeyKnown),
            (&[FAILED, BUSY], true, Verdict::KeyKnown),
            (&["None", FAILED], true, Verdict::OverLimit),
            (&[BUSY, FAILED], true, Verdict::Contended),
            (&["None", BUSY], true, Verdict::Contended),
            (&["ThrottlingError", "None"], true, Verdict::Contended),
            (&[], true, Verdict::Contended),
        ] {
            let verdict = Verdict::of(codes.iter().copied().map(Some), with_key);
            assert_eq!(verdict, expected, "{codes:?} {with_key}");
        }
    }
}
