//! Shows how messages are refused that are none, or not for this server: as JSON-RPC errors, and before that as problems.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::mcp::NEWEST;

fn call(params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string()
}

#[tokio::test]
async fn a_body_that_is_not_one_message_is_a_json_rpc_error_without_an_id() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        ("hello", -32700),
        ("7", -32600),
        ("{}", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600),
        // There are no batches since 2025-06-18.
        (&format!("[{ping}]"), -32600),
        (&format!("[{ping},{ping}]"), -32600),
        ("[]", -32600),
        // Nobody here has asked anything.
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, -32600),
    ] {
        let refused = ada.post_mcp(body.to_owned(), &[]).await.expect(400);
        assert_eq!((&refused["error"]["code"], refused.get("id")), (&json!(code), None), "{body}: {refused}");
    }
}

#[tokio::test]
async fn an_unknown_method_an_unknown_tool_and_wrong_params_are_errors_of_the_protocol() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    for (method, params, status, code) in [
        ("tools/unheard_of", json!({}), 404, -32601),
        ("resources/list", json!({}), 404, -32601),
        ("prompts/list", json!({}), 404, -32601),
        ("tools/call", json!({"name": "delete_everything"}), 200, -32602),
        ("tools/call", json!({"name": "create_session", "arguments": {}}), 200, -32602),
        ("tools/call", json!({"name": "show_catalog", "arguments": []}), 200, -32602),
        ("tools/call", json!({"arguments": {}}), 200, -32602),
    ] {
        let refused = ada.mcp(method, params).await.expect(status);
        assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(7), &json!(code)), "{method}: {refused}");
    }
    let unknown = ada.mcp("tools/call", json!({"name": "delete_everything"})).await.expect(200);
    assert_eq!(unknown["error"]["message"], "Unknown tool: delete_everything");
    // Earlier revisions have 200 for all of them.
    let legacy = ada.post_mcp(r#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#.to_owned(), &[]).await;
    assert_eq!(legacy.expect(200)["error"]["code"], -32601);
    let legacy = ada.post_mcp(call(json!({"name": "show_catalog", "arguments": 7})), &[]).await;
    assert_eq!(legacy.expect(200)["error"]["code"], -32602);
}

#[tokio::test]
async fn headers_have_to_say_what_the_message_says() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": NEWEST,
        "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let message = call(json!({"name": "show_usage", "arguments": {}, "_meta": meta}));
    let right = [("mcp-protocol-version", NEWEST), ("mcp-method", "tools/call"), ("mcp-name", "show_usage")];
    ada.post_mcp(message.clone(), &right).await.expect(200);
    for (name, value) in [
        ("mcp-method", ""),
        ("mcp-method", "tools/list"),
        ("mcp-name", ""),
        ("mcp-name", "show_catalog"),
        ("mcp-protocol-version", "2025-11-25"),
    ] {
        let headers = right.map(|(known, is)| if known == name { (known, value) } else { (known, is) });
        let refused = ada.post_mcp(message.clone(), &headers).await.expect(400);
        assert_eq!(refused["error"]["code"], -32020, "{name}: {value}: {refused}");
    }
    let mut unknown = serde_json::from_str::<Value>(&message).unwrap();
    unknown["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    let headers = right.map(|(name, value)| (name, if name == "mcp-protocol-version" { "2099-01-01" } else { value }));
    let refused = ada.post_mcp(unknown.to_string(), &headers).await.expect(400);
    assert_eq!(refused["error"]["code"], -32022, "{refused}");
    assert!(refused["error"]["data"]["supported"].as_array().unwrap().contains(&json!(NEWEST)), "{refused}");
}

#[tokio::test]
async fn what_is_refused_before_the_message_is_read_is_a_problem() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_owned();
    for kind in ["", "text/plain", "application/x-www-form-urlencoded"] {
        let refused = ada.post_mcp(ping.clone(), &[("content-type", kind)]).await;
        refused.expect_problem(415, "unsupported_media_type");
    }
    let refused = ada.post_mcp(ping.clone(), &[("mcp-protocol-version", "2099-01-01")]).await;
    refused.expect_problem(400, "invalid_protocol_version");
    let long = call(json!({"name": "show_catalog", "arguments": {"note": "x".repeat(64 * 1024)}}));
    ada.post_mcp(long, &[]).await.expect_problem(413, "body_too_large");
}
