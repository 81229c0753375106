//! The scope of a checkout slot.

use super::id::{FamilyId, ProductId};

/// The scope within which a learner has at most one open checkout: a one-time product, or a plan family, of which
/// only one plan can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckoutScope {
    /// Bought once.
    Product(ProductId),
    /// Subscribed to.
    Family(FamilyId),
}
