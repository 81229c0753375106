//! A product of the catalog file, with its prices.

use std::collections::BTreeMap;

use shared::domain::{Currency, Interval, Money, Product};

/// A product and its prices in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProduct {
    /// The product, without Stripe's prices.
    pub product: Product,
    /// One for each currency; for a plan, one for each interval and currency.
    pub prices: Vec<FilePrice>,
}

/// A price in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePrice {
    /// The amount.
    pub money: Money,
    /// How often it is charged. `None` means once.
    pub interval: Option<Interval>,
}

/// The prices of one interval.
pub(super) fn file_prices(
    amounts: BTreeMap<Currency, i64>,
    interval: Option<Interval>,
) -> impl Iterator<Item = FilePrice> {
    amounts.into_iter().map(move |(currency, amount)| FilePrice { money: Money::new(amount, currency), interval })
}
