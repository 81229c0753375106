//! The definition of the table: one for the local stack, the tests and (checked against it) the deployment.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TableStatus, TimeToLiveSpecification,
};

use super::error::StoreError;
use super::keys::{EXPIRES_AT, OPERATOR_LIST, OPERATOR_SORT, OPERATORS_INDEX, PK, SK};

/// Creates the table with its index and time to live, unless it exists, and waits until it can be used.
///
/// # Errors
/// When DynamoDB refuses or does not answer.
pub async fn create_if_missing(client: &Client, name: &str) -> Result<(), StoreError> {
    if status(client, name).await?.is_none() {
        create(client, name).await?;
    }
    while status(client, name).await? != Some(TableStatus::Active) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let ttl = client.describe_time_to_live().table_name(name).send().await.map_err(StoreError::from_sdk)?;
    let known = ttl.time_to_live_description.and_then(|ttl| ttl.attribute_name);
    if known.as_deref() != Some(EXPIRES_AT) {
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES_AT).build();
        let ttl = ttl.map_err(build_error)?;
        let set = client.update_time_to_live().table_name(name).time_to_live_specification(ttl);
        set.send().await.map_err(StoreError::from_sdk)?;
    }
    Ok(())
}

async fn status(client: &Client, name: &str) -> Result<Option<TableStatus>, StoreError> {
    match client.describe_table().table_name(name).send().await {
        Ok(answer) => Ok(answer.table.and_then(|table| table.table_status)),
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => Ok(None),
        Err(error) => Err(StoreError::from_sdk(error)),
    }
}

async fn create(client: &Client, name: &str) -> Result<(), StoreError> {
    let attributes = [PK, SK, OPERATOR_LIST, OPERATOR_SORT]
        .map(|name| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build());
    let attributes = attributes.into_iter().collect::<Result<Vec<_>, _>>().map_err(build_error)?;
    let index = GlobalSecondaryIndex::builder()
        .index_name(OPERATORS_INDEX)
        .set_key_schema(Some(schema(OPERATOR_LIST, OPERATOR_SORT)?))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .map_err(build_error)?;
    let create = client
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(attributes))
        .set_key_schema(Some(schema(PK, SK)?))
        .global_secondary_indexes(index)
        .billing_mode(BillingMode::PayPerRequest);
    match create.send().await {
        Ok(_) => Ok(()),
        // Somebody else was quicker.
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(StoreError::from_sdk(error)),
    }
}

fn schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, StoreError> {
    [(hash, KeyType::Hash), (range, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build())
        .collect::<Result<_, _>>()
        .map_err(build_error)
}

fn build_error(error: BuildError) -> StoreError {
    StoreError::Refused { reason: DisplayErrorContext(error).to_string() }
}
