//! What we keep about a learner beside the facts.

use aws_sdk_dynamodb::types::Update;
use serde::{Deserialize, Serialize};

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, key_attributes, string_attribute};
use super::keys;
use super::transaction::build_error;
use crate::domain::{CustomerId, UserId};

/// What we keep about a learner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The Stripe customer.
    #[serde(default)]
    pub customer: Option<CustomerId>,
    /// The address that it has at Stripe, as far as we gave it one.
    #[serde(default)]
    pub email: Option<String>,
    /// The customer before it, which was deleted in Stripe.
    #[serde(default)]
    pub former_customer: Option<CustomerId>,
}

impl Store {
    /// The learner's profile; an empty one of somebody who never began to pay.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn profile(&self, user: &UserId) -> Result<Profile, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer =
            get.set_key(Some(key_attributes(&keys::profile(user)))).send().await.map_err(StoreError::from_sdk)?;
        answer.item.map_or_else(|| Ok(Profile::default()), item::from_item)
    }

    /// Forgets the learner's customer, if it is this one: it was deleted in Stripe.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn forget_customer(&self, user: &UserId, customer: &CustomerId) -> Result<(), StoreError> {
        let forget = self.forget_customer_update(user, customer)?;
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(forget.key))
            .update_expression(forget.update_expression)
            .set_condition_expression(forget.condition_expression)
            .set_expression_attribute_names(forget.expression_attribute_names)
            .set_expression_attribute_values(forget.expression_attribute_values);
        match update.send().await {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::from_sdk(error))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    pub(super) fn forget_customer_update(&self, user: &UserId, customer: &CustomerId) -> Result<Update, StoreError> {
        Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::profile(user))))
            .update_expression("SET former_customer = :customer REMOVE #customer")
            .condition_expression("#customer = :customer")
            .expression_attribute_names("#customer", "customer")
            .expression_attribute_values(":customer", string_attribute(customer.as_str()))
            .build()
            .map_err(build_error)
    }
}
