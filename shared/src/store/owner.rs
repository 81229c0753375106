//! Whose a Stripe object is. Refunds and disputes name only their payment intent; this is how they find their learner.

use serde::{Deserialize, Serialize};

use super::connection::Store;
use super::error::StoreError;
use super::item::{self, key_attributes};
use super::keys;
use crate::domain::{CreditUseId, FamilyId, PriceId, ProductId, SubscriptionId, UserId};

/// The learner behind a Stripe object, and what was sold with it (nothing, for a customer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The learner.
    pub user: UserId,
    /// What was sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// At which price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceId>,
    /// Which plan family that belongs to; `None` for what is bought once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<FamilyId>,
    /// Who recommended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<UserId>,
    /// Which use of the learner's credit lowered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_use: Option<CreditUseId>,
    /// What else was sold with it.
    #[serde(alias = "also", default, skip_serializing_if = "Vec::is_empty")]
    pub additional_products: Vec<ProductId>,
    /// The subscription whose invoice a payment intent pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
}

impl Owner {
    /// The owner of a customer: nothing is sold with it.
    pub fn of_customer(user: UserId) -> Self {
        Self {
            user,
            product: None,
            price: None,
            family: None,
            referrer: None,
            credit_use: None,
            additional_products: Vec::new(),
            subscription: None,
        }
    }
}

impl Store {
    /// The owner of a Stripe object (`cus_`, `pi_`, `sub_`), if we know one.
    ///
    /// # Errors
    /// When DynamoDB refuses or does not answer.
    pub async fn owner(&self, stripe_id: &str) -> Result<Option<Owner>, StoreError> {
        let get = self.client.get_item().table_name(&*self.table).consistent_read(true);
        let answer =
            get.set_key(Some(key_attributes(&keys::owner(stripe_id)))).send().await.map_err(StoreError::from_sdk)?;
        answer.item.map(item::from_item).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::Owner;
    use crate::domain::ProductId;
    use crate::store::item::{Item, from_item};

    #[test]
    fn an_owner_with_an_old_attribute_name_is_still_read() {
        let item: Item =
            serde_dynamo::to_item(serde_json::json!({"user": "u", "product": "a", "also": ["b"]})).unwrap();
        let owner: Owner = from_item(item).unwrap();
        assert_eq!(owner.additional_products, [ProductId::parse("b").unwrap()]);
    }
}
