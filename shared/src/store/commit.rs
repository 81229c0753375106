//! One event, one transaction: its dedup record, the fact it changes, the effects of that change and the closing of
//! its entry in the error queue are written together or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::Serialize;

use super::catalog::CatalogProduct;
use super::item::{self, Item, key_of, number, string};
use super::keys::{self, EXPIRES_AT, Key, PK};
use super::{Owner, Store, StoreError};
use crate::domain::{CustomerId, Effect, EventId, Invoice, Payable, Purchase, SessionId, Subscription, UserId};

/// How long a processed event is remembered. Stripe redelivers for three days, and by hand for thirty.
const PROCESSED_DAYS: i64 = 90;
/// Transactions that met another one: DynamoDB cancels one of them, and waiting a moment is all it takes.
const CONFLICT_ATTEMPTS: u32 = 12;

/// What belongs together.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The event behind it; `None` when nobody will deliver it again (the return page).
    pub event: Option<&'a EventId>,
    /// Now.
    pub at: Timestamp,
    /// What changes; at most one change per item.
    pub changes: Vec<Change>,
}

/// One change of the table.
#[derive(Debug)]
pub enum Change {
    /// A purchase, on condition that it still has the version that was read (`None`: that it is still absent).
    Purchase {
        /// Whose.
        user: UserId,
        /// As it is now.
        purchase: Purchase,
        /// The version that was read.
        expected: Option<u64>,
        /// What follows from the change.
        effects: Vec<Effect>,
    },
    /// A subscription, on condition that it still has the version that was read.
    Subscription {
        /// Whose.
        user: UserId,
        /// As it is now.
        subscription: Subscription,
        /// The version that was read.
        expected: Option<u64>,
        /// What follows from the change.
        effects: Vec<Effect>,
    },
    /// An invoice, without a condition of its own: it is written together with its subscription, whose version keeps an
    /// old look at it from undoing a newer one.
    Invoice {
        /// Whose.
        user: UserId,
        /// As it is now.
        invoice: Invoice,
    },
    /// The learner's customer was deleted in Stripe: forget it, if it is this one.
    ForgetCustomer {
        /// Whose.
        user: UserId,
        /// Which customer.
        customer: CustomerId,
    },
    /// A product of the catalog, on condition that it still has the version that was read.
    CatalogProduct {
        /// As it is now.
        product: CatalogProduct,
        /// The version that was read.
        expected: Option<u64>,
    },
    /// Whose a Stripe object is.
    Owner {
        /// The object.
        stripe_id: String,
        /// Whose.
        owner: Owner,
    },
    /// The open checkout for something is over, if it is this session.
    CloseCheckout {
        /// Whose.
        user: UserId,
        /// For what.
        payable: Payable,
        /// Which session.
        session: SessionId,
    },
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// All of it is written.
    Committed,
    /// All of it is written, and the event's entry in the error queue was closed with it.
    Mended,
    /// The event had been processed before; nothing is written.
    Duplicate,
    /// Another writer changed what was read; nothing is written. Read again, and fetch again.
    Lost,
}

/// What a failed condition of an operation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// The event was processed before.
    Event,
    /// Somebody else wrote first.
    Version,
    /// The event failed before: its entry in the error queue has to be closed.
    NoError,
    /// There was nothing to do: do without.
    Dispensable,
    /// It has no condition.
    None,
}

type Operation = (Guard, TransactWriteItem);

impl Store {
    /// Writes all of it or nothing. Contention is tried again here and ends as [`StoreError::Contended`].
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn commit(&self, commit: &Commit<'_>) -> Result<Committed, StoreError> {
        Ok(self.commit_and_close(commit).await?.0)
    }

    /// The same, and whether the open checkout was closed with it: then it was the session's that was named.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn commit_and_close(&self, commit: &Commit<'_>) -> Result<(Committed, bool), StoreError> {
        let mut operations = self.operations(commit)?;
        let mut done = Committed::Committed;
        let mut conflicts: u32 = 0;
        while !operations.is_empty() {
            let items = operations.iter().map(|(_, operation)| operation.clone()).collect();
            let Err(error) = self.client.transact_write_items().set_transact_items(Some(items)).send().await else {
                let closes = commit.changes.iter().any(|change| matches!(change, Change::CloseCheckout { .. }));
                let closed = closes && operations.iter().any(|(guard, _)| *guard == Guard::Dispensable);
                return Ok((done, closed));
            };
            let Some(failed) = failed_conditions(&error) else { return Err(StoreError::from_sdk(error)) };
            let failed: Vec<Guard> =
                failed.iter().filter_map(|index| operations.get(*index)).map(|(guard, _)| *guard).collect();
            if failed.contains(&Guard::Event) {
                return Ok((Committed::Duplicate, false));
            }
            if failed.contains(&Guard::Version) {
                return Ok((Committed::Lost, false));
            }
            if let (true, Some(event)) = (failed.contains(&Guard::NoError), commit.event) {
                operations.retain(|(guard, _)| *guard != Guard::NoError);
                operations.push((Guard::None, self.close_error(event)?));
                done = Committed::Mended;
                continue;
            }
            if failed.contains(&Guard::Dispensable) {
                operations.retain(|(guard, _)| *guard != Guard::Dispensable);
                continue;
            }
            conflicts = conflicts.saturating_add(1);
            if conflicts >= CONFLICT_ATTEMPTS {
                return Err(StoreError::Contended);
            }
            pause(conflicts).await;
        }
        Ok((done, false))
    }

    fn operations(&self, commit: &Commit<'_>) -> Result<Vec<Operation>, StoreError> {
        let mut operations = Vec::new();
        if let Some(event) = commit.event {
            operations.push((Guard::Event, self.remember(event, commit.at)?));
            operations.push((Guard::NoError, self.has_no_error(event)?));
        }
        for change in &commit.changes {
            match change {
                Change::Purchase { user, purchase, expected, effects } => {
                    let written = Written { user, id: purchase.id.as_str(), read: *expected, at: commit.at };
                    operations.push((Guard::Version, self.put_purchase(&written, purchase)?));
                    operations.extend(self.put_audit(&written, effects)?.map(|put| (Guard::None, put)));
                }
                Change::Subscription { user, subscription, expected, effects } => {
                    let written = Written { user, id: subscription.id.as_str(), read: *expected, at: commit.at };
                    let item = item::write(&keys::subscription(user, &subscription.id), subscription)?;
                    operations.push((Guard::Version, self.put_fact(&written, item)?));
                    operations.extend(self.put_audit(&written, effects)?.map(|put| (Guard::None, put)));
                }
                Change::Invoice { user, invoice } => {
                    let item = item::write(&keys::invoice(user, invoice.created, &invoice.id), invoice)?;
                    operations.push((Guard::None, self.put(item)?));
                }
                Change::ForgetCustomer { user, customer } => {
                    let update = self.forget(user, customer)?;
                    operations.push((Guard::Dispensable, TransactWriteItem::builder().update(update).build()));
                }
                Change::CatalogProduct { product, expected } => {
                    let item = product.to_item(expected.unwrap_or(0).saturating_add(1))?;
                    operations.push((Guard::Version, self.put_versioned(item, *expected)?));
                }
                Change::Owner { stripe_id, owner } => {
                    let item = item::write(&keys::owner(stripe_id), owner)?;
                    operations.push((Guard::None, self.put(item)?));
                }
                Change::CloseCheckout { user, payable, session } => {
                    let key = keys::checkout(user, payable);
                    operations.push((Guard::Dispensable, self.close_checkout(&key, session)?));
                }
            }
        }
        Ok(operations)
    }

    fn remember(&self, event: &EventId, at: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let mut item = key_of(&keys::processed(event));
        item.insert("processed_at".to_owned(), string(at.to_string()));
        item.insert(EXPIRES_AT.to_owned(), number(at.as_second().saturating_add(PROCESSED_DAYS * 86_400)));
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK);
        Ok(TransactWriteItem::builder().put(put.build().map_err(incomplete)?).build())
    }

    /// An ordinary event has no entry in the error queue. One that has finds out here, and closes it at the second try.
    fn has_no_error(&self, event: &EventId) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&*self.table)
            .set_key(Some(key_of(&keys::webhook_error(event))))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK);
        Ok(TransactWriteItem::builder().condition_check(check.build().map_err(incomplete)?).build())
    }

    fn close_error(&self, event: &EventId) -> Result<TransactWriteItem, StoreError> {
        let key = key_of(&keys::webhook_error(event));
        let delete = Delete::builder().table_name(&*self.table).set_key(Some(key)).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn put_purchase(&self, written: &Written<'_>, purchase: &Purchase) -> Result<TransactWriteItem, StoreError> {
        let item = item::write(&keys::purchase(written.user, &purchase.id), purchase)?;
        self.put_fact(written, item)
    }

    fn put_fact(&self, written: &Written<'_>, mut item: Item) -> Result<TransactWriteItem, StoreError> {
        item.insert("version".to_owned(), number(written.version()));
        item.insert("updated_at".to_owned(), string(written.at.to_string()));
        self.put_versioned(item, written.read)
    }

    /// `None` when nothing follows from the change.
    fn put_audit(&self, written: &Written<'_>, effects: &[Effect]) -> Result<Option<TransactWriteItem>, StoreError> {
        #[derive(Serialize)]
        struct Entry<'a> {
            at: Timestamp,
            fact: &'a str,
            version: u64,
            effects: &'a [Effect],
        }
        if effects.is_empty() {
            return Ok(None);
        }
        let Written { user, id, at, .. } = *written;
        let entry = Entry { at, fact: id, version: written.version(), effects };
        self.put(item::write(&keys::audit(user, at, id, written.version()), &entry)?).map(Some)
    }

    fn put(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(item)).build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_versioned(&self, item: Item, expected: Option<u64>) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = match expected {
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            Some(version) => put
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":version", number(version)),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(incomplete)?).build())
    }

    /// The generation stays: Stripe remembers the idempotency keys made of it.
    fn close_checkout(&self, key: &Key, session: &SessionId) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_of(key)))
            .update_expression("SET #state = :closed REMOVE #session, #url, #until")
            .condition_expression("#session = :session")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#session", "session")
            .expression_attribute_names("#url", "url")
            .expression_attribute_names("#until", "open_until")
            .expression_attribute_values(":closed", string("closed"))
            .expression_attribute_values(":session", string(session.as_str()));
        Ok(TransactWriteItem::builder().update(update.build().map_err(incomplete)?).build())
    }
}

/// A new version of a fact.
#[derive(Clone, Copy)]
struct Written<'a> {
    user: &'a UserId,
    /// The fact's.
    id: &'a str,
    /// The version before it.
    read: Option<u64>,
    at: Timestamp,
}

impl Written<'_> {
    fn version(&self) -> u64 {
        self.read.unwrap_or(0).saturating_add(1)
    }
}

/// Full jitter under a growing bound: 20 ms, 40 ms, .. 640 ms.
pub(super) async fn pause(attempt: u32) {
    let bound = 20u64 << attempt.min(6).saturating_sub(1);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=bound))).await;
}

/// A request that lacks a required part is a defect of this module.
pub(super) fn incomplete(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::Refused { reason: error.to_string() }
}

/// Which operations of a cancelled transaction failed their condition: none of them when it met another transaction or
/// too much traffic; `None` when it failed for another reason. DynamoDB lists one reason per operation, in order.
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>.
pub(super) fn failed_conditions(error: &SdkError<TransactWriteItemsError>) -> Option<Vec<usize>> {
    let cancelled = match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => cancelled,
        TransactWriteItemsError::TransactionInProgressException(_) => return Some(Vec::new()),
        _ => return None,
    };
    let codes: Vec<&str> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect();
    let failed: Vec<usize> =
        (0..).zip(&codes).filter(|(_, code)| **code == "ConditionalCheckFailed").map(|(index, _)| index).collect();
    let contended = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    (!failed.is_empty() || codes.iter().any(|code| contended.contains(code))).then_some(failed)
}
