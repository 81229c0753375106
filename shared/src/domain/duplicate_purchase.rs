//! What a learner has paid for twice.

use super::catalog::Catalog;
use super::id::ProductId;
use super::purchase::Purchase;

/// The purchases of one learner of which everything is open by other purchases of the learner, too, the oldest first. An operator
/// should refund one, and look again: the others may be needed then.
pub fn duplicate_purchases<'a>(catalog: &Catalog, purchases: &'a [Purchase]) -> Vec<&'a Purchase> {
    let mut found: Vec<&Purchase> =
        purchases.iter().filter(|purchase| is_duplicate(catalog, purchase, purchases)).collect();
    found.sort_by_key(|purchase| (purchase.since, &purchase.id));
    found
}

/// A duplicate that was paid, or whose money came back, since `before`: in `now`, it is the purchase that should not have been
/// paid. A course whose bundle is bought later was right when it was bought, so it is none.
pub fn find_new_duplicate<'a>(catalog: &Catalog, before: &[Purchase], now: &'a [Purchase]) -> Option<&'a Purchase> {
    let was_owned = |purchase: &Purchase| before.iter().any(|before| before.id == purchase.id && before.is_owned());
    now.iter().find(|purchase| !was_owned(purchase) && is_duplicate(catalog, purchase, now))
}

/// Whether everything that it is for is open by others: the same product, or products that open all of its courses together.
fn is_duplicate(catalog: &Catalog, purchase: &Purchase, all: &[Purchase]) -> bool {
    let others = || all.iter().filter(|other| other.id != purchase.id && other.is_owned());
    let is_open_by_others = |product: &ProductId| {
        let courses = catalog.product(product.as_str()).map_or(&[][..], |product| &product.courses);
        let is_bought_again = others().any(|other| other.includes(product));
        let opens = |course| others().any(|other| other.opens(catalog.products_opening(course)));
        is_bought_again || (!courses.is_empty() && courses.iter().all(opens))
    };
    purchase.is_owned() && purchase.products().all(is_open_by_others)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::catalog::Product;
    use crate::domain::dispute::DisputeStatus;
    use crate::domain::id::{CourseId, DisputeId, PurchaseId, RefundId};
    use crate::domain::money::{Currency, Money};
    use crate::domain::purchase::Payment;
    use crate::domain::refund::{Refund, RefundStatus};

    fn product(id: &str, courses: &[&str]) -> Product {
        Product {
            id: ProductId::parse(id).unwrap(),
            name: id.to_owned(),
            description: String::new(),
            courses: courses.iter().map(|course| CourseId::parse(*course).unwrap()).collect(),
            plan: None,
            prices: Vec::new(),
            retired: false,
        }
    }

    /// Three courses, sold one by one and in bundles.
    fn catalog() -> Catalog {
        let retired = Product { retired: true, ..product("old-bundle", &["a", "b"]) };
        let products = [
            product("a", &["a"]),
            product("b", &["b"]),
            product("c", &["c"]),
            product("bundle", &["a", "b"]),
            product("all", &["a", "b", "c"]),
            retired,
        ];
        Catalog::new(Vec::new(), products.into())
    }

    /// A purchase from `<number> <product>[+<product>][ <what happened to its money>]`.
    fn purchase(text: &str) -> Purchase {
        let words: Vec<&str> = text.split(' ').collect();
        let mut products = words[1].split('+').map(|product| ProductId::parse(product).unwrap());
        let charged = Money::new(1_000, Currency::parse("usd").unwrap());
        let mut purchase = Purchase {
            id: PurchaseId::parse(format!("pi_{}", words[0])).unwrap(),
            product: products.next().unwrap(),
            price: None,
            charged,
            payment: Payment::Paid,
            refunds: [].into(),
            disputes: [].into(),
            referrer: None,
            additional_products: products.collect(),
            since: Timestamp::new(words[0].parse().unwrap(), 0).unwrap(),
            paid_at: None,
        };
        let dispute = |status| [(DisputeId::parse("dp_1").unwrap(), DisputeStatus::from(status))].into();
        let refund = |amount| {
            let refund = Refund::new(amount, RefundStatus::Succeeded);
            [(RefundId::parse("re_1").unwrap(), refund)].into()
        };
        match words.get(2).copied() {
            None => {}
            Some("pending") => purchase.payment = Payment::Pending,
            Some("failed") => purchase.payment = Payment::Failed,
            Some("refunded") => purchase.refunds = refund(1_000),
            Some("partly") => purchase.refunds = refund(999),
            Some(status) => purchase.disputes = dispute(status),
        }
        purchase
    }

    fn purchases(texts: &[&str]) -> Vec<Purchase> {
        texts.iter().map(|text| purchase(text)).collect()
    }

    #[test]
    fn a_duplicate_is_a_purchase_of_which_everything_is_open_by_others() {
        for (bought, expected) in [
            (&["1 a"][..], &[][..]),
            (&["1 a", "2 b"], &[]),
            (&["2 a", "1 a"], &["pi_1", "pi_2"]),
            // The bundle opens more than the course.
            (&["1 a", "2 bundle"], &["pi_1"]),
            (&["1 a", "2 old-bundle"], &["pi_1"]),
            (&["1 a", "2 b", "3 bundle"], &["pi_1", "pi_2", "pi_3"]),
            (&["1 a", "2 bundle", "3 all"], &["pi_1", "pi_2"]),
            (&["1 bundle", "2 old-bundle"], &["pi_1", "pi_2"]),
            (&["1 c", "2 bundle"], &[]),
            // Several products with one payment.
            (&["1 a+c", "2 bundle"], &[]),
            (&["1 a+b", "2 bundle"], &["pi_1", "pi_2"]),
            // Only what is paid and kept counts; while the bank looks at a dispute it is kept.
            (&["1 a", "2 a refunded"], &[]),
            (&["1 a", "2 a partly"], &["pi_1", "pi_2"]),
            (&["1 a", "2 a pending"], &[]),
            (&["1 a", "2 a failed"], &[]),
            (&["1 a", "2 bundle lost"], &[]),
            (&["1 a", "2 a needs_response"], &["pi_1", "pi_2"]),
            (&["1 a", "2 a won"], &["pi_1", "pi_2"]),
            // No longer in the catalog.
            (&["1 gone", "2 gone"], &["pi_1", "pi_2"]),
            (&["1 gone", "2 a"], &[]),
        ] {
            let bought = purchases(bought);
            let found: Vec<&str> =
                duplicate_purchases(&catalog(), &bought).into_iter().map(|purchase| purchase.id.as_str()).collect();
            assert_eq!(found, expected, "{bought:?}");
        }
    }

    #[test]
    fn a_duplicate_is_new_when_it_counts_since_then() {
        for (before, now, expected) in [
            (&[][..], &["1 a"][..], None),
            (&["1 a"], &["1 a", "2 a"], Some("pi_2")),
            (&["1 a pending", "2 a"], &["1 a", "2 a"], Some("pi_1")),
            (&["1 bundle"], &["1 bundle", "2 a"], Some("pi_2")),
            // The learner wanted the other course of the bundle, too.
            (&["1 a"], &["1 a", "2 bundle"], None),
            (&["1 a", "2 b"], &["1 a", "2 b", "3 bundle"], Some("pi_3")),
            // Written at the same time.
            (&[], &["1 a", "2 bundle"], Some("pi_1")),
            // The money came back.
            (&["1 a refunded", "2 a"], &["1 a", "2 a"], Some("pi_1")),
            (&["1 a lost", "2 a"], &["1 a won", "2 a"], Some("pi_1")),
            (&["1 a needs_response", "2 a"], &["1 a won", "2 a"], None),
            (&["1 a", "2 a"], &["1 a", "2 a partly"], None),
        ] {
            let (before, now) = (purchases(before), purchases(now));
            let found = find_new_duplicate(&catalog(), &before, &now).map(|purchase| purchase.id.as_str());
            assert_eq!(found, expected, "{before:?} {now:?}");
        }
    }
}
