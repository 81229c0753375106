//! How often a learner does something in a minute.

use aws_sdk_dynamodb::types::Update;
use jiff::Timestamp;

use super::connection::Store;
use super::error::StoreError;
use super::item::{key_attributes, number_attribute};
use super::keys::{self, EXPIRES_AT, Key};
use super::transaction::build_error;
use crate::domain::UserId;

/// Counting begins anew with every minute.
pub const RATE_WINDOW_SECONDS: i64 = 60;

/// The beginning of the window, in seconds since 1970.
pub(super) fn window_start(at: Timestamp) -> i64 {
    let second = at.as_second();
    second.saturating_sub(second.rem_euclid(RATE_WINDOW_SECONDS))
}

impl Store {
    /// Counts a checkout. `false`: the learner has begun as many as allowed in this minute.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn try_count_checkout(&self, user: &UserId, limit: u32, at: Timestamp) -> Result<bool, StoreError> {
        self.try_increment(&keys::checkout_rate(user, window_start(at)), limit, at).await
    }

    /// Counts a request that calls Stripe. `false`: the learner has made as many as allowed in this minute.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn try_count_stripe_request(&self, user: &UserId, limit: u32, at: Timestamp) -> Result<bool, StoreError> {
        self.try_increment(&keys::call_rate(user, window_start(at)), limit, at).await
    }

    async fn try_increment(&self, key: &Key, limit: u32, at: Timestamp) -> Result<bool, StoreError> {
        let count = self.increment_update(key, limit, at)?;
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(count.key))
            .update_expression(count.update_expression)
            .set_condition_expression(count.condition_expression)
            .set_expression_attribute_names(count.expression_attribute_names)
            .set_expression_attribute_values(count.expression_attribute_values);
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(StoreError::from_sdk(error)),
        }
    }

    /// One more, unless there are `limit` already.
    pub(super) fn increment_update(&self, key: &Key, limit: u32, at: Timestamp) -> Result<Update, StoreError> {
        let expires = window_start(at).saturating_add(2 * RATE_WINDOW_SECONDS);
        Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(key)))
            .update_expression("ADD #count :one SET #expires = :expires")
            .condition_expression("attribute_not_exists(#count) OR #count < :limit")
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":one", number_attribute(1))
            .expression_attribute_values(":limit", number_attribute(limit))
            .expression_attribute_values(":expires", number_attribute(expires))
            .build()
            .map_err(build_error)
    }
}
