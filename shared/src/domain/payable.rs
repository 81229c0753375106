//! What there is at most one open way to pay for.

use super::{FamilyId, ProductId};

/// A product that is bought once, or a family of plans: whoever is about to subscribe to one of them is not offered
/// another one beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payable {
    /// Bought once.
    Product(ProductId),
    /// Subscribed to.
    Family(FamilyId),
}
