//! One event, one transaction: that it was processed, the fact it changes, and the transitions of that fact are written
//! together or not at all. An ordinary purchase writes five items: event, purchase, audit entry, the owner of its payment
//! intent, and the checkout that it closes. A referred one writes three more: that the learner was referred, the referral in the
//! referrer's ledger, and the end of the one there that was pending.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::Serialize;

use super::catalog::CatalogProduct;
use super::connection::Store;
use super::credit_use::credit_use_item;
use super::error::StoreError;
use super::event_state::{FAILED, PROCESSED, STATE, is_failed};
use super::item::{self, Item, key_attributes, number_attribute, string_attribute};
use super::keys::{self, EXPIRES_AT, Key, OPERATOR_LIST, OPERATOR_SORT, PK};
use super::owner::Owner;
use super::refund_request;
use super::transaction::{build_error, failed_conditions, wait_before_retry};
use super::versioned::Versioned;
use crate::domain::{
    CheckoutId, CheckoutScope, CreditUse, CustomerId, EventId, Invoice, PaymentId, Purchase, Referral, Referred,
    RefundRequest, Subscription, Transition, UserId, credit_use_transitions,
};

/// How long a processed event is recorded. Stripe redelivers for three days, and by hand for thirty.
const PROCESSED_EVENT_RETENTION_DAYS: i64 = 90;
/// Transactions that met another one: DynamoDB cancels one of them, and waiting a moment is all it takes.
const MAX_CONFLICT_ATTEMPTS: u32 = 12;

/// What is written together.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The event behind it; `None` when nobody will deliver it again (the return page).
    pub event: Option<&'a EventId>,
    /// Now.
    pub at: Timestamp,
    /// What changes; at most one change per item.
    pub changes: Vec<TableChange>,
}

/// One change of the table.
#[derive(Debug)]
pub enum TableChange {
    /// A purchase, on condition that it still has the version that was read (`None`: that it is still absent).
    Purchase {
        /// Whose.
        user: UserId,
        /// As it is now.
        purchase: Purchase,
        /// The version that was read.
        expected_version: Option<u64>,
        /// What follows from the change.
        transitions: Vec<Transition>,
    },
    /// A subscription, on condition that it still has the version that was read.
    Subscription {
        /// Whose.
        user: UserId,
        /// As it is now.
        subscription: Subscription,
        /// The version that was read.
        expected_version: Option<u64>,
        /// What follows from the change.
        transitions: Vec<Transition>,
    },
    /// An invoice, without a condition of its own: it is written together with its subscription, whose version keeps an
    /// older state of it from replacing a newer one.
    Invoice {
        /// Whose.
        user: UserId,
        /// As it is now.
        invoice: Invoice,
    },
    /// A refund request, on condition that it still has the version that was read (`None`: that it is still absent,
    /// and that no other one has its id).
    RefundRequest {
        /// Whose.
        user: UserId,
        /// As it is now.
        request: Box<RefundRequest>,
        /// The version that was read.
        expected_version: Option<u64>,
        /// What follows from the change.
        transitions: Vec<Transition>,
    },
    /// By which payment the learner was referred, on condition that nothing says so yet.
    Referred {
        /// Whose.
        user: UserId,
        /// By which payment, and by whom.
        referred: Box<Referred>,
    },
    /// A referral, without a condition of its own: it is written together with the buyer's purchase or subscription, whose version
    /// keeps an older state of it from replacing a newer one.
    Referral {
        /// Whose code it was.
        referrer: UserId,
        /// As it is now, but for the refund requests.
        referral: Box<Referral>,
        /// Whether a refund was asked for; `None` leaves it as it is.
        refund_requested: Option<bool>,
    },
    /// A refund request of a referred payment was made or decided.
    HoldReferral {
        /// Whose code it was.
        referrer: UserId,
        /// The buyer's payment.
        payment: PaymentId,
        /// Whether the request is open or approved.
        refund_requested: bool,
    },
    /// A use of credit, on condition that it still has the version that was read.
    CreditUse {
        /// Whose.
        user: UserId,
        /// As it was read.
        read: Box<Versioned<CreditUse>>,
        /// As it is now.
        credit_use: Box<CreditUse>,
    },
    /// The buyer's checkout that named a code, or the trial that it began, lasts until then; `None` when it is over. It has no
    /// condition: nothing about a referral stops a sale.
    OpenReferral {
        /// Whose code it was.
        referrer: UserId,
        /// Who buys.
        user: UserId,
        /// What is bought.
        scope: CheckoutScope,
        /// Until when.
        open_until: Option<Timestamp>,
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
        expected_version: Option<u64>,
    },
    /// Whose a Stripe object is.
    Owner {
        /// The object.
        stripe_id: String,
        /// Whose.
        owner: Owner,
    },
    /// The open checkout for something is over, on condition that it is still this session or payment intent.
    CloseCheckout {
        /// Whose.
        user: UserId,
        /// For what.
        scope: CheckoutScope,
        /// Which session or payment intent.
        checkout: CheckoutId,
    },
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOutcome {
    /// All of it is written.
    Committed,
    /// All of it is written, and the event's entry in the error queue was closed with it.
    AppliedAfterFailure,
    /// The event had been processed before; nothing is written.
    Duplicate,
    /// Another writer changed what was read; nothing is written. Read again, and fetch again.
    VersionConflict,
}

/// What a failed condition of an operation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WriteCondition {
    /// The event is known: it was processed before, or it failed.
    Event,
    /// Somebody else wrote first.
    Version,
    /// The write is optional. If its condition fails, the transaction is repeated without it.
    Optional,
    /// It has no condition.
    None,
}

type Operation = (WriteCondition, TransactWriteItem);

/// How a try differs from the one before it; the changes are the same.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    /// The event has an entry in the error queue, which is closed.
    after_failure: bool,
    /// The optional writes are left out.
    without_optional: bool,
}

impl Store {
    /// Writes all of it or nothing. Contention is tried again here and ends as [`StoreError::Contended`].
    ///
    /// # Errors
    /// When DynamoDB refuses, does not answer, or stays contended.
    pub async fn commit(&self, commit: &Commit<'_>) -> Result<CommitOutcome, StoreError> {
        let mut attempt = Attempt { after_failure: false, without_optional: false };
        let mut conflicts: u32 = 0;
        loop {
            // Built anew for each try: nearly all succeed at once, and those need no copy.
            let (conditions, items): (Vec<_>, Vec<_>) = self.operations(commit, attempt)?.into_iter().unzip();
            let done =
                if attempt.after_failure { CommitOutcome::AppliedAfterFailure } else { CommitOutcome::Committed };
            if items.is_empty() {
                return Ok(done);
            }
            let Err(error) = self.client.transact_write_items().set_transact_items(Some(items)).send().await else {
                return Ok(done);
            };
            let Some(failed) = failed_conditions(&error) else { return Err(StoreError::from_sdk(error)) };
            let has_failed = |wanted: WriteCondition| {
                failed.iter().filter_map(|index| conditions.get(*index)).any(|condition| *condition == wanted)
            };
            if has_failed(WriteCondition::Event) {
                if attempt.after_failure || !had_event_failed_before(&error, &conditions) {
                    return Ok(CommitOutcome::Duplicate);
                }
                attempt.after_failure = true;
            } else if has_failed(WriteCondition::Version) {
                return Ok(CommitOutcome::VersionConflict);
            } else if has_failed(WriteCondition::Optional) {
                attempt.without_optional = true;
            } else {
                conflicts = conflicts.saturating_add(1);
                if conflicts >= MAX_CONFLICT_ATTEMPTS {
                    return Err(StoreError::Contended);
                }
                wait_before_retry(conflicts).await;
            }
        }
    }

    fn operations(&self, commit: &Commit<'_>, attempt: Attempt) -> Result<Vec<Operation>, StoreError> {
        let mut operations = Vec::new();
        if let Some(event) = commit.event {
            let put = match attempt.after_failure {
                false => self.put_processed_event(event, commit.at)?,
                true => self.put_processed_failed_event(event, commit.at)?,
            };
            operations.push((WriteCondition::Event, put));
        }
        for change in &commit.changes {
            match change {
                TableChange::Purchase { user, purchase, expected_version, transitions } => {
                    let fact_version = FactVersion {
                        user,
                        id: purchase.id.as_str(),
                        previous_version: *expected_version,
                        at: commit.at,
                    };
                    operations.push((WriteCondition::Version, self.put_purchase(&fact_version, purchase)?));
                    operations
                        .extend(self.put_audit(&fact_version, transitions)?.map(|put| (WriteCondition::None, put)));
                }
                TableChange::Subscription { user, subscription, expected_version, transitions } => {
                    let fact_version = FactVersion {
                        user,
                        id: subscription.id.as_str(),
                        previous_version: *expected_version,
                        at: commit.at,
                    };
                    let item = item::to_item(&keys::subscription(user, &subscription.id), subscription)?;
                    operations.push((WriteCondition::Version, self.put_fact(&fact_version, item)?));
                    operations
                        .extend(self.put_audit(&fact_version, transitions)?.map(|put| (WriteCondition::None, put)));
                }
                TableChange::Invoice { user, invoice } => {
                    let item = item::to_item(&keys::invoice(user, invoice.created, &invoice.id), invoice)?;
                    operations.push((WriteCondition::None, self.put(item)?));
                }
                TableChange::RefundRequest { user, request, expected_version, transitions } => {
                    let fact_version = FactVersion {
                        user,
                        id: request.id.as_str(),
                        previous_version: *expected_version,
                        at: commit.at,
                    };
                    let item = refund_request::to_item(user, request)?;
                    operations.push((WriteCondition::Version, self.put_fact(&fact_version, item)?));
                    if expected_version.is_none() {
                        let owner = refund_request::owner_item(user, request)?;
                        operations.push((WriteCondition::Version, self.put_versioned(owner, None)?));
                    }
                    operations
                        .extend(self.put_audit(&fact_version, transitions)?.map(|put| (WriteCondition::None, put)));
                }
                TableChange::Referred { user, referred } => {
                    let item = item::to_item(&keys::referred(user), referred)?;
                    operations.push((WriteCondition::Version, self.put_versioned(item, None)?));
                }
                TableChange::Referral { referrer, referral, refund_requested } => {
                    let update = self.referral_update(referrer, referral, *refund_requested)?;
                    operations.push((WriteCondition::None, TransactWriteItem::builder().update(update).build()));
                }
                TableChange::HoldReferral { referrer, payment, refund_requested } => {
                    let update = self.referral_hold_update(referrer, payment, *refund_requested)?;
                    operations.push((WriteCondition::None, TransactWriteItem::builder().update(update).build()));
                }
                TableChange::CreditUse { user, read, credit_use } => {
                    let (put, audit) = self.put_credit_use(user, read, credit_use, commit.at)?;
                    operations.push((WriteCondition::Version, put));
                    operations.extend(audit.map(|put| (WriteCondition::None, put)));
                }
                TableChange::OpenReferral { referrer, user, scope, open_until } => {
                    let key = keys::open_referral(referrer, user, scope);
                    let update = self.open_referral_update(&key, open_until.unwrap_or(commit.at))?;
                    operations.push((WriteCondition::None, TransactWriteItem::builder().update(update).build()));
                }
                TableChange::ForgetCustomer { .. } if attempt.without_optional => {}
                TableChange::ForgetCustomer { user, customer } => {
                    let update = self.forget_customer_update(user, customer)?;
                    operations.push((WriteCondition::Optional, TransactWriteItem::builder().update(update).build()));
                }
                TableChange::CatalogProduct { product, expected_version } => {
                    let item = product.to_item(expected_version.unwrap_or(0).saturating_add(1))?;
                    operations.push((WriteCondition::Version, self.put_versioned(item, *expected_version)?));
                }
                TableChange::Owner { stripe_id, owner } => {
                    let item = item::to_item(&keys::owner(stripe_id), owner)?;
                    operations.push((WriteCondition::None, self.put(item)?));
                }
                TableChange::CloseCheckout { user, scope, checkout } => {
                    let key = keys::checkout(user, scope);
                    operations.push((WriteCondition::Version, self.close_checkout(&key, checkout)?));
                }
            }
        }
        Ok(operations)
    }

    /// Puts the event as processed, on condition that it has no row. If it has one, the error contains that row.
    fn put_processed_event(&self, event: &EventId, at: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(processed_event_item(event, at)));
        let put = put
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(put.build().map_err(build_error)?).build())
    }

    /// On condition that the event failed, which closes its entry in the error queue.
    fn put_processed_failed_event(&self, event: &EventId, at: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(processed_event_item(event, at)));
        let put = put
            .condition_expression("#state = :failed")
            .expression_attribute_names("#state", STATE)
            .expression_attribute_values(":failed", string_attribute(FAILED));
        Ok(TransactWriteItem::builder().put(put.build().map_err(build_error)?).build())
    }

    fn put_purchase(
        &self,
        fact_version: &FactVersion<'_>,
        purchase: &Purchase,
    ) -> Result<TransactWriteItem, StoreError> {
        let item = item::to_item(&keys::purchase(fact_version.user, &purchase.id), purchase)?;
        self.put_fact(fact_version, item)
    }

    /// The conditional write of a use of credit, and its audit entry.
    pub(super) fn put_credit_use(
        &self,
        user: &UserId,
        read: &Versioned<CreditUse>,
        credit_use: &CreditUse,
        at: Timestamp,
    ) -> Result<(TransactWriteItem, Option<TransactWriteItem>), StoreError> {
        let id = credit_use.id.as_str();
        let fact_version = FactVersion { user, id, previous_version: Some(read.version), at };
        let put = self.put_fact(&fact_version, credit_use_item(user, credit_use)?)?;
        let transitions = credit_use_transitions(&read.value, credit_use);
        Ok((put, self.put_audit(&fact_version, &transitions)?))
    }

    fn put_fact(&self, fact_version: &FactVersion<'_>, mut item: Item) -> Result<TransactWriteItem, StoreError> {
        item.insert("version".to_owned(), number_attribute(fact_version.version()));
        item.insert("updated_at".to_owned(), string_attribute(fact_version.at.to_string()));
        self.put_versioned(item, fact_version.previous_version)
    }

    /// `None` when nothing follows from the change.
    fn put_audit(
        &self,
        fact_version: &FactVersion<'_>,
        transitions: &[Transition],
    ) -> Result<Option<TransactWriteItem>, StoreError> {
        #[derive(Serialize)]
        struct AuditEntry<'a> {
            at: Timestamp,
            fact: &'a str,
            version: u64,
            #[serde(rename = "effects")]
            transitions: &'a [Transition],
        }
        if transitions.is_empty() {
            return Ok(None);
        }
        let FactVersion { user, id, at, .. } = *fact_version;
        let entry = AuditEntry { at, fact: id, version: fact_version.version(), transitions };
        self.put(item::to_item(&keys::audit(user, at, id, fact_version.version()), &entry)?).map(Some)
    }

    fn put(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(item)).build().map_err(build_error)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// On condition that it has this version, or (`None`) is absent.
    pub(super) fn put_versioned(
        &self,
        item: Item,
        expected_version: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = match expected_version {
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            Some(version) => put
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":version", number_attribute(version)),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(build_error)?).build())
    }

    /// The generation stays: Stripe keeps the idempotency keys made of it.
    pub(super) fn close_checkout(&self, key: &Key, checkout: &CheckoutId) -> Result<TransactWriteItem, StoreError> {
        let condition = match checkout {
            CheckoutId::Session(_) => "#session = :id",
            CheckoutId::PaymentIntent(_) => "#intent = :id",
        };
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(key)))
            .update_expression("SET #state = :closed REMOVE #session, #url, #until, #intent, #list, #sort")
            .condition_expression(condition)
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#session", "session")
            .expression_attribute_names("#url", "url")
            .expression_attribute_names("#until", "open_until")
            .expression_attribute_names("#intent", "payment_intent")
            .expression_attribute_names("#list", OPERATOR_LIST)
            .expression_attribute_names("#sort", OPERATOR_SORT)
            .expression_attribute_values(":closed", string_attribute("closed"))
            .expression_attribute_values(":id", string_attribute(checkout.as_str()));
        Ok(TransactWriteItem::builder().update(update.build().map_err(build_error)?).build())
    }
}

/// A new version of a fact.
#[derive(Clone, Copy)]
struct FactVersion<'a> {
    user: &'a UserId,
    /// The fact's.
    id: &'a str,
    /// The version before it.
    previous_version: Option<u64>,
    at: Timestamp,
}

impl FactVersion<'_> {
    fn version(&self) -> u64 {
        self.previous_version.unwrap_or(0).saturating_add(1)
    }
}

/// The row of an event that was processed.
fn processed_event_item(event: &EventId, at: Timestamp) -> Item {
    let mut item = key_attributes(&keys::event(event));
    item.insert(STATE.to_owned(), string_attribute(PROCESSED));
    item.insert("processed_at".to_owned(), string_attribute(at.to_string()));
    item.insert(
        EXPIRES_AT.to_owned(),
        number_attribute(at.as_second().saturating_add(PROCESSED_EVENT_RETENTION_DAYS * 86_400)),
    );
    item
}

/// Whether the event was in the way because it had failed.
fn had_event_failed_before(error: &SdkError<TransactWriteItemsError>, conditions: &[WriteCondition]) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return false;
    };
    let mut reasons = conditions.iter().zip(cancelled.cancellation_reasons());
    let found = reasons.find(|(condition, _)| **condition == WriteCondition::Event);
    found.and_then(|(_, reason)| reason.item.as_ref()).is_some_and(is_failed)
}
