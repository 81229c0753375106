//! A stack for tests of the stack itself, and a DynamoDB client for it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use local::{Listeners, Options, Ports, Stack, sdk_config};

pub(super) async fn start() -> Stack {
    let listeners = Listeners::bind(Ports::free()).await.unwrap();
    Stack::start(listeners, Options::ephemeral()).await.unwrap()
}

/// A client that tries everything once, so that a test sees every fault.
pub(super) fn dynamodb(url: &str) -> Client {
    let config = aws_sdk_dynamodb::config::Builder::from(&sdk_config(url)).retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

pub(super) fn key(name: &str) -> AttributeValue {
    AttributeValue::S(name.to_owned())
}

pub(super) async fn put(client: &Client, name: &str) -> Result<(), Option<String>> {
    let put = client.put_item().table_name("tuition").item("PK", key(name)).item("SK", key("TEST"));
    put.send().await.map(drop).map_err(|error| error.code().map(str::to_owned))
}

pub(super) async fn exists(client: &Client, name: &str) -> bool {
    let get = client.get_item().table_name("tuition").key("PK", key(name)).key("SK", key("TEST"));
    get.send().await.unwrap().item.is_some()
}
