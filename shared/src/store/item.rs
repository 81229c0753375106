//! Between our structs and DynamoDB's items.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::keys::{Key, PK, SK};

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A value's attributes under a key.
pub(super) fn write<T: Serialize>(key: &Key, value: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value)?;
    item.extend(key_of(key));
    Ok(item)
}

/// An item's value; attributes that the type does not know are passed over.
pub(super) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}

/// Every item that a query finds, page after page.
pub(super) async fn all_of(query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
    let items = query.into_paginator().items().send();
    items.collect::<Result<Vec<Item>, _>>().await.map_err(StoreError::from_sdk)
}

/// A key as the SDK wants it.
pub(super) fn key_of(key: &Key) -> Item {
    [(PK, &key.pk), (SK, &key.sk)].map(|(name, part)| (name.to_owned(), string(part))).into()
}

/// A string attribute.
pub(super) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
