//! A product of the file, with its prices.

use std::collections::BTreeMap;

use shared::domain::{Currency, Interval, Money, Product};

/// A product and what it is to cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProduct {
    /// The product, without Stripe's prices.
    pub product: Product,
    /// One per currency, of a plan per interval and currency.
    pub prices: Vec<ListedPrice>,
}

/// What something is to cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedPrice {
    /// The amount.
    pub money: Money,
    /// How often it is charged; `None` is once.
    pub interval: Option<Interval>,
}

/// The prices of one interval.
pub(super) fn listed_prices(
    amounts: BTreeMap<Currency, i64>,
    interval: Option<Interval>,
) -> impl Iterator<Item = ListedPrice> {
    amounts.into_iter().map(move |(currency, amount)| ListedPrice { money: Money::new(amount, currency), interval })
}
