//! Reports what a learner has paid for twice. Two pages that were opened side by side, for a course and its bundle, can be paid both;
//! and a payment that came back may be of what was bought again meanwhile.

use super::context::Context;
use crate::domain::{CheckoutScope, Fact, Purchase, UserId, find_new_duplicate};
use crate::metrics;
use crate::store::{FactsAndCheckouts, StoreError, Versioned};

/// Reports in a metric and the log if the purchase, which counts since now, was paid for twice. `read` was read before it was
/// written. An error is only logged: `tuition purchases duplicates` lists it all the same.
///
/// `only_checkout` is the scope whose only open checkout it ended. If none of another scope was open either, nothing else
/// can have been written since the facts were read. Otherwise they are read again.
pub(super) async fn report_new_duplicate(
    context: &Context,
    user: &UserId,
    read: &FactsAndCheckouts,
    purchase: Purchase,
    only_checkout: Option<&CheckoutScope>,
) {
    let others_may_be_new = only_checkout.is_none_or(|scope| read.has_open_checkout_beside(user, scope));
    let found = async {
        let read_again = if others_may_be_new { Some(context.store.versioned_facts(user).await?) } else { None };
        let facts = read_again.as_deref().unwrap_or(&read.facts);
        let is_other = |other: &&Purchase| other.id != purchase.id;
        // Ordinarily nothing else was bought, and the catalog need not be read.
        if !purchases(facts).filter(is_other).any(Purchase::is_owned) {
            return Ok(None);
        }
        let before: Vec<Purchase> = purchases(&read.facts).cloned().collect();
        let now: Vec<Purchase> = purchases(facts).filter(is_other).chain([&purchase]).cloned().collect();
        let catalog = context.store.catalog().await?;
        Ok::<_, StoreError>(find_new_duplicate(&catalog, &before, &now).map(|duplicate| duplicate.product.clone()))
    };
    match found.await {
        Ok(None) => {}
        Ok(Some(product)) => {
            metrics::duplicate_purchase();
            tracing::warn!(%product, "a learner has paid for the same twice: tuition purchases duplicates");
        }
        Err(error) => tracing::warn!(%error, "whether it was paid for twice is not known"),
    }
}

fn purchases(facts: &[Versioned<Fact>]) -> impl Iterator<Item = &Purchase> {
    facts.iter().filter_map(|fact| fact.value.purchase())
}
