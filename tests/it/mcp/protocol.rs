//! Shows that the endpoint speaks the revisions of the protocol: with a handshake, and without one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::learner::Learner;
use crate::support::mcp::NEWEST;

/// A request as revisions before the newest one send it, after their handshake.
async fn legacy(learner: &Learner, version: &str, method: &str, params: Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params});
    let answer = learner.post_mcp(message.to_string(), &[("mcp-protocol-version", version)]).await;
    assert_eq!(answer.headers["content-type"], "application/json", "no stream");
    assert!(!answer.headers.contains_key("mcp-session-id"), "no session");
    let body = answer.expect(200);
    assert_eq!((&body["jsonrpc"], &body["id"]), (&json!("2.0"), &json!("a")));
    body
}

fn hello(version: &str) -> Value {
    json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "tests", "version": "1.0.0"}})
}

#[tokio::test]
async fn the_newest_revision_needs_no_handshake() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let found = ada.mcp("server/discover", json!({})).await.expect(200)["result"].take();
    assert!(found["supportedVersions"].as_array().unwrap().contains(&json!(NEWEST)), "{found}");
    assert_eq!(found["capabilities"], json!({"tools": {}}));
    assert!(found["instructions"].as_str().unwrap().contains("create_checkout_session"));
    let list = ada.mcp("tools/list", json!({})).await.expect(200);
    assert_eq!((&list["id"], &list["result"]["resultType"]), (&json!(7), &json!("complete")));
    // It ended with the handshake.
    assert_eq!(ada.mcp("ping", json!({})).await.expect(404)["error"]["code"], -32601);
}

#[tokio::test]
async fn a_handshake_agrees_on_the_newest_version_that_both_know() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for (wanted, agreed) in [
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        (NEWEST, "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ] {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello(wanted)});
        let result = ada.post_mcp(message.to_string(), &[]).await.expect(200)["result"].take();
        assert_eq!(result["protocolVersion"], agreed, "{wanted}");
        assert_eq!(
            (&result["serverInfo"]["name"], &result["capabilities"]),
            (&json!("tuition"), &json!({"tools": {}}))
        );
    }
}

#[tokio::test]
async fn earlier_revisions_ping_list_and_call_without_a_session() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        assert_eq!(legacy(&ada, version, "ping", json!({})).await["result"], json!({}));
        let list = legacy(&ada, version, "tools/list", json!({})).await;
        assert_eq!(list["result"]["tools"].as_array().unwrap().len(), 9);
        let called = legacy(&ada, version, "tools/call", json!({"name": "show_usage", "arguments": {}})).await;
        assert!(called["result"]["structuredContent"]["meters"].is_object(), "{called}");
        let called = legacy(&ada, version, "tools/call", json!({"name": "show_usage"})).await;
        assert_eq!(called["result"]["isError"], false, "arguments may be missing: {called}");
    }
    let without_version = ada.post_mcp(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_owned(), &[]).await;
    assert_eq!(without_version.expect(200)["result"], json!({}));
}

#[tokio::test]
async fn a_notification_is_accepted_without_a_body() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for method in ["notifications/initialized", "notifications/cancelled", "notifications/unheard_of"] {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": {"requestId": 1}});
        let answer = ada.post_mcp(message.to_string(), &[("mcp-protocol-version", "2025-11-25")]).await;
        assert_eq!(answer.expect(202), json!(""), "{method}");
    }
}

#[tokio::test]
async fn there_are_neither_streams_nor_sessions() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for method in [Method::GET, Method::DELETE] {
        let answer = ada.call(method.clone(), "/mcp", None).await;
        answer.expect_problem(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], "POST", "{method}");
    }
}

/// Its answers are plain JSON in any case, so what else a client would take does not matter.
#[tokio::test]
async fn a_client_need_not_accept_streams() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for accept in ["application/json", "*/*", ""] {
        let answer =
            ada.post_mcp(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_owned(), &[("accept", accept)]).await;
        assert_eq!(answer.headers["content-type"], "application/json", "{accept:?}");
    }
}
