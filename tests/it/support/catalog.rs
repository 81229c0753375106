//! The catalog that the tests sell from.

use local::Options;
use serde_json::Value;

use super::app::TestApp;

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

impl TestApp {
    /// A stack that sells from this file instead of the repository's.
    pub(crate) async fn start_with_catalog(yaml: &str) -> Self {
        // One file for each test: they run at the same time.
        let name = format!("tuition-{}-{}.yaml", std::process::id(), fastrand::u64(..));
        let catalog = std::env::temp_dir().join(name);
        std::fs::write(&catalog, yaml).unwrap();
        let app = Self::start_with(Options { catalog: catalog.clone(), ..Options::ephemeral() }).await;
        std::fs::remove_file(&catalog).unwrap();
        app
    }
}
