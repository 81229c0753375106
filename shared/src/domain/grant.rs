//! Access that an operator gave away.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{GrantId, ProductId};

/// What a grant opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "product")]
pub enum GrantScope {
    /// Everything (`*`): test users, staff.
    Everything,
    /// What this product opens.
    Product(ProductId),
}

/// A gift, an administrator's decision, test access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its own id.
    pub id: GrantId,
    /// What it opens.
    pub scope: GrantScope,
    /// Who granted it.
    pub granted_by: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// From when.
    pub since: Timestamp,
    /// Until when; `None` is for good.
    pub until: Option<Timestamp>,
}

impl Grant {
    /// Whether it covers the product.
    pub fn covers(&self, product: &ProductId) -> bool {
        match &self.scope {
            GrantScope::Everything => true,
            GrantScope::Product(granted) => granted == product,
        }
    }

    /// Whether it still holds at `now`; it ends at `until` exactly.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
