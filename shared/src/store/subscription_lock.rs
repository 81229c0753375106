//! The lock of a learner's subscriptions: one request at a time decides about them and changes them at Stripe.

use jiff::{SignedDuration, Timestamp};

use super::connection::Store;
use super::error::StoreError;
use super::item::{key_attributes, number_attribute, string_attribute};
use super::keys::{self, EXPIRES_AT};
use crate::domain::UserId;

/// A lock whose holder crashed is free after this: longer than any request lives. A request that was cut off after its 20 seconds
/// does not give the lock back: Stripe may still be executing its call.
const LOCK_DURATION: SignedDuration = SignedDuration::from_secs(30);
/// The attribute that says who holds it.
const HOLDER: &str = "holder";

/// A lock that is held.
#[derive(Debug)]
pub struct SubscriptionLock {
    user: UserId,
    holder: String,
}

impl Store {
    /// Takes the lock; `None` while another request holds it.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn try_lock_subscriptions(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Option<SubscriptionLock>, StoreError> {
        let holder = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let until = now.as_second().saturating_add(LOCK_DURATION.as_secs());
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::subscription_lock(user))))
            .update_expression("SET #holder = :holder, #expires = :until")
            // A repetition of this call, whose first answer was lost, finds its own holder.
            .condition_expression("attribute_not_exists(#holder) OR #holder = :holder OR #expires <= :now")
            .expression_attribute_names("#holder", HOLDER)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":holder", string_attribute(&holder))
            .expression_attribute_values(":until", number_attribute(until))
            .expression_attribute_values(":now", number_attribute(now.as_second()));
        match update.send().await {
            Ok(_) => Ok(Some(SubscriptionLock { user: user.clone(), holder })),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::from_sdk(error)),
        }
    }

    /// Gives the lock back, unless it has run out and another request holds it. The row stays until it expires: the function
    /// that changes subscriptions may delete nothing.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn unlock_subscriptions(&self, lock: SubscriptionLock) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(&keys::subscription_lock(&lock.user))))
            .update_expression("REMOVE #holder")
            .condition_expression("#holder = :holder")
            .expression_attribute_names("#holder", HOLDER)
            .expression_attribute_values(":holder", string_attribute(lock.holder));
        match update.send().await {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::from_sdk(error))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
