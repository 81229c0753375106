//! Between our structs and DynamoDB's items.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::keys::{Key, PK, SK};
use super::versioned::Versioned;

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A value's attributes under a key.
pub(super) fn to_item<T: Serialize>(key: &Key, value: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value)?;
    item.extend(key_attributes(key));
    Ok(item)
}

/// An item's value; attributes that the type does not know are passed over.
pub(super) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}

/// An item's value with its version. The version is taken out first: `serde(flatten)` would copy every attribute.
pub(super) fn from_versioned_item<T: DeserializeOwned>(mut item: Item) -> Result<Versioned<T>, StoreError> {
    let version = match item.remove("version") {
        Some(AttributeValue::N(version)) => version.parse().ok(),
        _ => None,
    };
    let version = version.ok_or_else(|| StoreError::Unreadable { reason: "it has no version".to_owned() })?;
    Ok(Versioned { value: from_item(item)?, version })
}

/// Every item that a query finds, page after page. Not the SDK's paginator: it hands over item by item, each a turn of the
/// runtime.
pub(super) async fn query_all_pages(query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut start) = (Vec::new(), None);
    loop {
        let page = query.clone().set_exclusive_start_key(start).send().await.map_err(StoreError::from_sdk)?;
        items.append(&mut page.items.unwrap_or_default());
        match page.last_evaluated_key {
            Some(key) => start = Some(key),
            None => return Ok(items),
        }
    }
}

/// A key as the SDK wants it.
pub(super) fn key_attributes(key: &Key) -> Item {
    [(PK, &key.pk), (SK, &key.sk)].map(|(name, part)| (name.to_owned(), string_attribute(part))).into()
}

/// A string attribute.
pub(super) fn string_attribute(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(super) fn number_attribute(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
