//! Shows that every part of the stack answers at its address, and that the start screen's commands work.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::running_stack::{dynamodb, put, start};

#[tokio::test]
async fn every_part_answers_at_its_address() {
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

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_start_screen_buy_and_refund_a_course() {
    let stack = start().await;
    let lines = local::walkthrough::purchase_script(&stack).unwrap();
    let run = tokio::process::Command::new("bash").args(["-euo", "pipefail", "-c", &lines]).output().await.unwrap();
    let (shown, noted) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{shown}{noted}");
    assert!(noted.contains("\"reason\":\"purchased\""), "{noted}");
    assert!(shown.starts_with("303\n") && shown.contains("\"reason\":\"refunded\""), "{shown}");
}
