//! The table, and what an operator's tool works with.

use aws_sdk_dynamodb::types::AttributeValue;
use local::sdk_config;
use serde_json::Value;
use shared::config::Lookup;
use shared::fulfil;
use shared::store::{FailedEvent, Store, StoreConfig};
use shared::stripe::{StripeClient, StripeConfig};

use super::app::TestApp;

impl TestApp {
    pub(crate) fn store(&self) -> Store {
        let sdk = sdk_config(&self.stack.urls().dynamodb);
        let store = Store::new(&sdk, &StoreConfig { table: self.stack.store().table().to_owned() });
        store.with_clock(self.stack.clock().clone())
    }

    /// What the operator's tool works with, made as it makes it.
    pub(crate) fn context(&self) -> fulfil::Context {
        self.context_with_stripe_at(&self.stack.urls().stripe)
    }

    /// The same with another address of Stripe.
    pub(crate) fn context_with_stripe_at(&self, url: &str) -> fulfil::Context {
        let find = |name: &str| match name {
            "STRIPE_API_BASE" => Some(url.to_owned()),
            "STRIPE_SECRET_KEY" => Some(self.stack.stripe_key().to_owned()),
            _ => None,
        };
        let config = StripeConfig::from_lookup(&Lookup::new(&find)).unwrap();
        fulfil::Context::new(&config, StripeClient::new(&config).unwrap(), self.store())
    }

    /// Every open entry of the error queue.
    pub(crate) async fn failures(&self) -> Vec<FailedEvent> {
        self.store().failed_events().await.unwrap()
    }

    /// The whole table as plain JSON, in the order of its keys.
    pub(crate) async fn rows(&self) -> Vec<Value> {
        let store = self.store();
        let mut rows: Vec<Value> = Vec::new();
        let mut next = None;
        loop {
            let scan = store.client().scan().table_name(store.table()).set_exclusive_start_key(next);
            let page = scan.send().await.unwrap();
            for item in page.items.unwrap_or_default() {
                rows.push(Value::Object(item.into_iter().map(|(name, value)| (name, json(value))).collect()));
            }
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                break;
            }
        }
        rows.sort_by_key(|row| (row["PK"].to_string(), row["SK"].to_string()));
        rows
    }

    /// The rows whose keys begin like this.
    pub(crate) async fn rows_of(&self, pk: &str, sk: &str) -> Vec<Value> {
        let begins = |row: &Value, name: &str, with: &str| row[name].as_str().unwrap_or_default().starts_with(with);
        self.rows().await.into_iter().filter(|row| begins(row, "PK", pk) && begins(row, "SK", sk)).collect()
    }

    /// Takes a row out of the table.
    pub(crate) async fn delete_row(&self, pk: &str, sk: &str) {
        let (store, text) = (self.store(), |text: &str| AttributeValue::S(text.to_owned()));
        let delete = store.client().delete_item().table_name(store.table());
        delete.key("PK", text(pk)).key("SK", text(sk)).send().await.unwrap();
    }

    /// The table without the rows that only count a learner's requests, or let one wait for another.
    pub(crate) async fn rows_without_rates(&self) -> Vec<Value> {
        let is_rate = |key: &str| key.starts_with("RATE#CALL#") || key == "SUBSCRIPTION_LOCK";
        self.rows().await.into_iter().filter(|row| !row["SK"].as_str().is_some_and(is_rate)).collect()
    }

    /// The catalog's row of a product or plan.
    pub(crate) async fn product_row(&self, product: &str) -> Value {
        self.rows_of("CATALOG", &format!("PRODUCT#{product}")).await.remove(0)
    }

    /// The Stripe customer of the only learner who has one.
    pub(crate) async fn only_customer(&self) -> String {
        self.rows_of("USER#", "PROFILE").await[0]["customer"].as_str().unwrap().to_owned()
    }
}

fn json(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::N(number) => serde_json::from_str(&number).unwrap(),
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::L(list) => Value::Array(list.into_iter().map(json).collect()),
        AttributeValue::M(map) => Value::Object(map.into_iter().map(|(name, value)| (name, json(value))).collect()),
        AttributeValue::Null(_) => Value::Null,
        other => panic!("no attribute of ours is {other:?}"),
    }
}
