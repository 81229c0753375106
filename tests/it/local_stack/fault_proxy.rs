//! Shows that the tests' fault proxy fails as it should.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

use super::running_stack::{dynamodb, exists, key, put, start};
use crate::support::fault_proxy::{Fault, FaultProxy};

async fn transact(client: &Client, name: &str) -> Result<(), Option<String>> {
    let put = Put::builder().table_name("tuition").item("PK", key(name)).item("SK", key("TEST")).build().unwrap();
    let item = TransactWriteItem::builder().put(put).build();
    let write = client.transact_write_items().transact_items(item);
    write.send().await.map(drop).map_err(|error| error.code().map(str::to_owned))
}

#[tokio::test]
async fn a_killed_call_takes_effect_only_if_it_is_killed_afterwards() {
    let stack = start().await;
    let proxy = FaultProxy::start(&stack.urls().dynamodb).await;
    let client = dynamodb(proxy.url());
    proxy.inject(Fault::KillBefore(1));
    proxy.inject(Fault::KillAfter(2));
    assert_eq!(put(&client, "before").await, Err(None), "no answer, so no code");
    assert_eq!(put(&client, "after").await, Err(None));
    assert!(!exists(&client, "before").await);
    assert!(exists(&client, "after").await);
    assert_eq!(proxy.calls(), ["PutItem", "PutItem", "GetItem", "GetItem"]);
}

#[tokio::test]
async fn after_a_crash_every_later_call_fails() {
    let stack = start().await;
    let proxy = FaultProxy::start(&stack.urls().dynamodb).await;
    let client = dynamodb(proxy.url());
    proxy.inject(Fault::CrashAfter(1));
    assert!(put(&client, "first").await.is_err() && put(&client, "second").await.is_err());
    proxy.reset();
    assert!(exists(&client, "first").await && !exists(&client, "second").await);
    proxy.reset();
    proxy.inject(Fault::CrashBefore(2));
    assert!(put(&client, "third").await.is_ok() && put(&client, "fourth").await.is_err());
}

#[tokio::test]
async fn injected_errors_are_read_by_the_sdk_as_dynamodbs() {
    let stack = start().await;
    let proxy = FaultProxy::start(&stack.urls().dynamodb).await;
    let client = dynamodb(proxy.url());
    proxy.inject(Fault::TransactionConflict(1));
    proxy.inject(Fault::Throttle(2));
    proxy.inject(Fault::ExceedThroughput(3));
    let code = |code: &str| Err(Some(code.to_owned()));
    assert_eq!(transact(&client, "one").await, code("TransactionCanceledException"));
    assert_eq!(transact(&client, "two").await, code("ThrottlingException"));
    assert_eq!(transact(&client, "three").await, code("ProvisionedThroughputExceededException"));
    assert_eq!(transact(&client, "four").await, Ok(()));
    assert!(!exists(&client, "one").await && exists(&client, "four").await);
}

#[tokio::test]
async fn a_gate_holds_only_one_action() {
    let stack = start().await;
    let proxy = FaultProxy::start(&stack.urls().dynamodb).await;
    let client = dynamodb(proxy.url());
    let mut gate = proxy.hold("PutItem");
    let held: Vec<_> = ["a", "b"]
        .map(|name| {
            let client = client.clone();
            tokio::spawn(async move { put(&client, name).await })
        })
        .into();
    gate.arrived(2).await;
    assert!(!exists(&client, "a").await && !exists(&client, "b").await);
    gate.release();
    for call in held {
        call.await.unwrap().unwrap();
    }
    assert!(exists(&client, "a").await && exists(&client, "b").await);
}
