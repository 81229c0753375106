//! The open payment intents whose time is over, for `reconcile`.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::checkout::slot_expires_at;
use super::connection::Store;
use super::error::StoreError;
use super::item::{self, Item, key_attributes, number_attribute, string_attribute};
use super::keys::{self, EXPIRES_AT, Key, OPERATOR_LIST, OPERATOR_SORT, OPERATORS_INDEX, PK, SK};
use super::transaction::failed_conditions;
use crate::domain::{CheckoutId, PaymentIntentId};

/// An open payment intent, and the slot that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPaymentIntent {
    /// Which.
    pub id: PaymentIntentId,
    slot: Key,
}

impl Store {
    /// The payment intents that were to be paid before `now`, the oldest first, as far as the index tells, which follows the table
    /// after a moment.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn expired_payment_intents(&self, now: Timestamp) -> Result<Vec<OpenPaymentIntent>, StoreError> {
        let query = self.client.query().table_name(&*self.table).index_name(OPERATORS_INDEX);
        let query = query
            .key_condition_expression("#list = :list AND #sort < :now")
            .expression_attribute_names("#list", OPERATOR_LIST)
            .expression_attribute_names("#sort", OPERATOR_SORT)
            .expression_attribute_values(":list", string_attribute(keys::OPEN_PAYMENT_INTENTS))
            .expression_attribute_values(":now", string_attribute(format!("{now:.3}")));
        Ok(item::query_all_pages(query).await?.into_iter().filter_map(read_slot).collect())
    }

    /// Closes the slot, if it still has this payment intent.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn close_payment_intent(&self, open: &OpenPaymentIntent) -> Result<(), StoreError> {
        let close = self.close_checkout(&open.slot, &CheckoutId::PaymentIntent(open.id.clone()))?;
        match self.client.transact_write_items().transact_items(close).send().await {
            // When another transaction was in the way, it stands in the list still, for the next run.
            Err(error) if failed_conditions(&error).is_none() => Err(StoreError::from_sdk(error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Keeps the slot open until then, if it still has this payment intent: a payment of it is processing.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn keep_payment_intent_open(&self, open: &OpenPaymentIntent, until: Timestamp) -> Result<(), StoreError> {
        let sort = keys::open_payment_intent_sort(until, &open.id);
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&open.slot)))
            .update_expression("SET #until = :until, #sort = :sort, #expires = :expires")
            .condition_expression("#intent = :intent")
            .expression_attribute_names("#intent", "payment_intent")
            .expression_attribute_names("#until", "open_until")
            .expression_attribute_names("#sort", OPERATOR_SORT)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":intent", string_attribute(open.id.as_str()))
            .expression_attribute_values(":until", string_attribute(until.to_string()))
            .expression_attribute_values(":sort", string_attribute(sort))
            .expression_attribute_values(":expires", number_attribute(slot_expires_at(until)));
        match update.send().await {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::from_sdk(error))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

fn read_slot(mut slot: Item) -> Option<OpenPaymentIntent> {
    let mut text = |name: &str| match slot.remove(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    let (pk, sk) = (text(PK)?, text(SK)?);
    Some(OpenPaymentIntent { id: PaymentIntentId::parse(text("payment_intent")?).ok()?, slot: Key { pk, sk } })
}
