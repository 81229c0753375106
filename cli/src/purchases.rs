//! `tuition purchases`: reports about purchases.

use std::fmt;

use jiff::Timestamp;
use shared::domain::{Money, ProductId, Purchase, PurchaseId, duplicate_purchases};
use shared::store::{Store, StoreError};

/// A purchase of which everything is open by other purchases of the learner, paid and not refunded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicatePurchase {
    /// The learner's id at the identity provider.
    pub learner: String,
    /// The purchased product.
    pub product: ProductId,
    /// The Stripe object.
    pub purchase: PurchaseId,
    /// The charged amount.
    pub amount_charged: Money,
    /// When it was paid.
    pub since: Timestamp,
}

impl fmt::Display for DuplicatePurchase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { learner, product, purchase, amount_charged: charged, since } = self;
        write!(formatter, "{learner}  {product}  {purchase}  {} {}  {since:.0}", charged.amount, charged.currency)
    }
}

/// The purchases that a learner could lose without losing a course, by learner, oldest first: bought twice, or also with a bundle.
/// One should be refunded in Stripe's dashboard, and then the next one that is still listed. A course that was bought before
/// its bundle is listed, too; there the operator decides. Reads the whole table.
///
/// # Errors
/// When a call to DynamoDB fails, or no catalog can be read.
pub async fn find_duplicates(store: &Store) -> Result<Vec<DuplicatePurchase>, StoreError> {
    let catalog = store.catalog().await?;
    let mut found = Vec::new();
    store
        .scan_purchases(|learner, purchases| {
            let duplicates = duplicate_purchases(&catalog, &purchases).into_iter();
            found.extend(duplicates.map(|purchase: &Purchase| DuplicatePurchase {
                learner: learner.to_owned(),
                product: purchase.product.clone(),
                purchase: purchase.id.clone(),
                amount_charged: purchase.charged,
                since: purchase.since,
            }));
        })
        .await?;
    Ok(found)
}
