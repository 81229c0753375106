//! A product of the file, with its prices.

use std::collections::BTreeMap;

use shared::domain::{Currency, Interval, Money, Product};

/// A product and what it is to cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProduct {
    /// The product, without Stripe's prices.
    pub product: Product,
    /// One per currency, of a plan per interval and currency.
    pub prices: Vec<FilePrice>,
}

/// What something is to cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePrice {
    /// The amount.
    pub money: Money,
    /// How often it is charged; `None` is once.
    pub interval: Option<Interval>,
}

/// The prices of one interval.
pub(super) fn file_prices(
    amounts: BTreeMap<Currency, i64>,
    interval: Option<Interval>,
) -> impl Iterator<Item = FilePrice> {
    amounts.into_iter().map(move |(currency, amount)| FilePrice { money: Money::new(amount, currency), interval })
}
