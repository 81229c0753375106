//! The local stack itself: it starts, its parts find each other, and the fault proxy fails as it should.

mod addresses;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use local::{Listeners, Options, Ports, Stack, sdk_config};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::fault_proxy::{Fault, FaultProxy};

async fn start() -> Stack {
    let listeners = Listeners::bind(Ports::free()).await.unwrap();
    Stack::start(listeners, Options::ephemeral()).await.unwrap()
}

/// A client that tries everything once, so that a test sees every fault.
fn dynamodb(url: &str) -> Client {
    let config = aws_sdk_dynamodb::config::Builder::from(&sdk_config(url)).retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

fn key(name: &str) -> AttributeValue {
    AttributeValue::S(name.to_owned())
}

async fn put(client: &Client, name: &str) -> Result<(), Option<String>> {
    let put = client.put_item().table_name("tuition").item("PK", key(name)).item("SK", key("TEST"));
    put.send().await.map(drop).map_err(|error| error.code().map(str::to_owned))
}

async fn exists(client: &Client, name: &str) -> bool {
    let get = client.get_item().table_name("tuition").key("PK", key(name)).key("SK", key("TEST"));
    get.send().await.unwrap().item.is_some()
}

async fn transact(client: &Client, name: &str) -> Result<(), Option<String>> {
    let put = Put::builder().table_name("tuition").item("PK", key(name)).item("SK", key("TEST")).build().unwrap();
    let item = TransactWriteItem::builder().put(put).build();
    let write = client.transact_write_items().transact_items(item);
    write.send().await.map(drop).map_err(|error| error.code().map(str::to_owned))
}

#[tokio::test]
async fn every_part_answers_where_the_stack_says() {
    let stack = start().await;
    let http = reqwest::Client::new();
    let urls = stack.urls();

    let lost = http.get(format!("{}/nowhere", urls.api)).send().await.unwrap();
    assert_eq!(lost.status(), StatusCode::NOT_FOUND);
    assert_eq!(lost.json::<Value>().await.unwrap(), json!({ "message": "Not Found" }));

    let discovery = http.get(format!("{}/.well-known/openid-configuration", urls.identity)).send().await.unwrap();
    assert_eq!(discovery.json::<Value>().await.unwrap()["issuer"], json!(urls.identity));
    let token = http.post(format!("{}/token", urls.identity)).json(&json!({ "email": "ada@example.com" }));
    assert_eq!(token.send().await.unwrap().json::<Value>().await.unwrap()["expires_in"], 3600);
    for bad in [json!({ "email": "ada" }), json!({}), json!("ada@example.com")] {
        let refused = http.post(format!("{}/token", urls.identity)).json(&bad).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{bad}");
    }

    put(&dynamodb(&urls.dynamodb), "any client").await.unwrap();
    stack.shutdown().await;
}

#[tokio::test]
async fn state_survives_a_restart() {
    let directory = std::env::temp_dir().join(format!("tuition-{}", std::process::id()));
    let options = || Options { data_dir: Some(directory.clone()), ..Options::ephemeral() };
    let first = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    put(&dynamodb(&first.urls().dynamodb), "kept").await.unwrap();
    let keys = first.identity().jwks();
    first.shutdown().await;

    let second = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    assert!(exists(&dynamodb(&second.urls().dynamodb), "kept").await);
    assert_eq!(second.identity().jwks(), keys, "tokens stay valid");
    second.shutdown().await;
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_directory_serves_one_stack_at_a_time() {
    let directory = std::env::temp_dir().join(format!("tuition-taken-{}", std::process::id()));
    let options = || Options { data_dir: Some(directory.clone()), ..Options::ephemeral() };
    let first = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    let refused = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.err().unwrap();
    let words = "is in use by another stack; stop it, or give --data-dir or --ephemeral";
    assert!(refused.to_string().ends_with(words), "{refused}");
    first.shutdown().await;
    let second = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    second.shutdown().await;
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_killed_call_has_happened_only_if_it_was_killed_after() {
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
async fn a_crash_ends_every_later_call_too() {
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
async fn contention_speaks_dynamodbs_language() {
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
async fn a_gate_holds_one_action_and_nothing_else() {
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

#[tokio::test]
async fn the_page_runs_no_script_but_its_own_and_calls_only_this_stack() {
    let stack = start().await;
    let http = reqwest::Client::new();
    let urls = stack.urls();
    let page = http.get(&urls.web).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert!(policy.contains(&format!("connect-src {} {};", urls.api, urls.identity)), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains(&format!("data-api=\"{}\"", urls.api)), "{html}");
    assert!(html.contains(&format!("href=\"{}\"", urls.stripe)), "the dashboard: {html}");
    for (number, what) in local::test_payments::CARDS {
        assert!(html.contains(&format!("<code>{number}</code> {what}")), "{html}");
    }
    assert!(!html.contains("<script>") && !html.contains("style="), "nothing inline");
    for asset in ["app.js", "api.js", "words.js", "app.css", "icon.svg"] {
        let answer = http.get(format!("{}/{asset}", urls.web)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{asset}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_the_start_screen_buy_and_refund_a_course() {
    let stack = start().await;
    let lines = local::walkthrough::purchase(&stack).unwrap();
    let run = tokio::process::Command::new("bash").args(["-euo", "pipefail", "-c", &lines]).output().await.unwrap();
    let (shown, noted) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{shown}{noted}");
    assert!(noted.contains("\"reason\":\"purchased\""), "{noted}");
    assert!(shown.starts_with("303\n") && shown.contains("\"reason\":\"refunded\""), "{shown}");
}
