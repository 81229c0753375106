//! Uses of credit: what a learner reserves, spends and gets back. Each change is conditional on the version that was read.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use jiff::Timestamp;

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, Item, key_attributes, number_attribute, string_attribute};
use super::keys::{self, OPERATOR_LIST, OPERATOR_SORT, OPERATORS_INDEX, PK};
use super::transaction::build_error;
use super::versioned::Versioned;
use crate::domain::{CheckoutId, CreditUse, CreditUseId, CreditUseState, UserId};

/// The version of a use until its session or payment intent is known.
pub(super) const RESERVED_VERSION: u64 = 1;

/// Reserved credit whose checkout should be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservedCredit {
    /// Whose.
    pub user: UserId,
    /// Which use.
    pub credit_use: Versioned<CreditUse>,
}

/// Reserving credit: a row of the ledger, on condition that nobody else has reserved any since the ledger was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditReservation {
    /// The new use.
    pub credit_use: CreditUse,
    /// The ledger's version that was read; 0 before the first reservation.
    pub ledger_version: u64,
}

impl Store {
    /// A use of the learner's credit.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn credit_use(
        &self,
        user: &UserId,
        id: &CreditUseId,
    ) -> Result<Option<Versioned<CreditUse>>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer = get.set_key(Some(key_attributes(&keys::credit_use(user, id)))).send().await;
        answer.map_err(StoreError::from_sdk)?.item.map(item::from_versioned_item).transpose()
    }

    /// The credit that is reserved for checkouts that should be over at `now`, the oldest first, as far as the index tells, which
    /// follows the table after a moment.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn overdue_reserved_credit(&self, now: Timestamp) -> Result<Vec<ReservedCredit>, StoreError> {
        let query = self.client.query().table_name(&*self.table).index_name(OPERATORS_INDEX);
        let query = query
            .key_condition_expression("#list = :list AND #sort < :now")
            .expression_attribute_names("#list", OPERATOR_LIST)
            .expression_attribute_names("#sort", OPERATOR_SORT)
            .expression_attribute_values(":list", string_attribute(keys::RESERVED_CREDIT))
            .expression_attribute_values(":now", string_attribute(format!("{now:.3}")));
        item::query_all_pages(query).await?.into_iter().map(read_reserved).collect()
    }

    /// Looks at reserved credit again then.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn postpone_reserved_credit(
        &self,
        reserved: &ReservedCredit,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let id = &reserved.credit_use.value.id;
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::credit_use(&reserved.user, id))))
            .update_expression("SET #sort = :sort")
            .condition_expression("attribute_exists(#sort)")
            .expression_attribute_names("#sort", OPERATOR_SORT)
            .expression_attribute_values(":sort", string_attribute(keys::reserved_credit_sort(until, id)));
        match update.send().await {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::from_sdk(error))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The writes of a reservation; each has a condition.
    pub(super) fn reserve_credit(
        &self,
        user: &UserId,
        reservation: &CreditReservation,
    ) -> Result<[TransactWriteItem; 2], StoreError> {
        let mut item = credit_use_item(user, &reservation.credit_use)?;
        item.insert("version".to_owned(), number_attribute(RESERVED_VERSION));
        let raise = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::referral_version(user))))
            .update_expression("SET #version = :next")
            .condition_expression(match reservation.ledger_version {
                0 => "attribute_not_exists(#version)",
                _ => "#version = :version",
            })
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":next", number_attribute(reservation.ledger_version.saturating_add(1)));
        let raise = match reservation.ledger_version {
            0 => raise,
            version => raise.expression_attribute_values(":version", number_attribute(version)),
        };
        Ok([
            self.put_versioned(item, None)?,
            TransactWriteItem::builder().update(raise.build().map_err(build_error)?).build(),
        ])
    }

    /// Notes which session or payment intent the credit is reserved for. Two requests with the same reservation note the same one.
    pub(super) fn bind_credit(
        &self,
        user: &UserId,
        id: &CreditUseId,
        checkout: &CheckoutId,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::credit_use(user, id))))
            .update_expression("SET #checkout = :checkout, #version = :bound")
            .condition_expression("#status = :reserved AND (#version = :unbound OR #checkout = :checkout)")
            .expression_attribute_names("#checkout", "checkout")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":checkout", string_attribute(checkout.as_str()))
            .expression_attribute_values(":reserved", string_attribute("reserved"))
            .expression_attribute_values(":unbound", number_attribute(RESERVED_VERSION))
            .expression_attribute_values(":bound", number_attribute(RESERVED_VERSION.saturating_add(1)));
        Ok(TransactWriteItem::builder().update(update.build().map_err(build_error)?).build())
    }
}

/// The row of a use. While it is reserved, it stands in the list of `reconcile`.
pub(super) fn credit_use_item(user: &UserId, credit_use: &CreditUse) -> Result<Item, StoreError> {
    let mut item = item::to_item(&keys::credit_use(user, &credit_use.id), credit_use)?;
    if credit_use.state == CreditUseState::Reserved {
        let sort = keys::reserved_credit_sort(credit_use.redeem_by(), &credit_use.id);
        item.insert(OPERATOR_LIST.to_owned(), string_attribute(keys::RESERVED_CREDIT));
        item.insert(OPERATOR_SORT.to_owned(), string_attribute(sort));
    }
    Ok(item)
}

fn read_reserved(item: Item) -> Result<ReservedCredit, StoreError> {
    let unreadable = || StoreError::Unreadable { reason: "reserved credit has no learner".to_owned() };
    let partition = item.get(PK).and_then(|partition| partition.as_s().ok()).ok_or_else(unreadable)?;
    let user = UserId::parse(keys::user_id_of_partition(partition)).map_err(|_| unreadable())?;
    Ok(ReservedCredit { user, credit_use: item::from_versioned_item(item)? })
}
