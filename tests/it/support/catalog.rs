//! The catalog that the tests sell from.

use serde_json::Value;

/// The repository's own catalog file.
pub(crate) const CATALOG_YAML: &str = include_str!("../../../catalog.yaml");

/// A course that is sold by itself, and what it costs.
pub(crate) const COURSE: &str = "vector-search";
pub(crate) const PRICE_USD: i64 = 4_900;

/// What a product's row offers it for in this currency; nothing when it does not.
pub(crate) fn amount(product: &Value, currency: &str) -> Value {
    let prices = product["prices"].as_array().unwrap();
    prices.iter().find(|price| price["currency"] == currency).map_or(Value::Null, |price| price["amount"].clone())
}
