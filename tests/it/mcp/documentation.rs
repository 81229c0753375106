//! Shows that `docs/mcp.md` is right: its commands work, and its table has every tool.

use serde_json::Value;

use crate::support::app::TestApp;

const PAGE: &str = include_str!("../../../docs/mcp.md");

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_call_a_tool() {
    let app = TestApp::start().await;
    let urls = app.stack.urls();
    let (lines, _) = PAGE.split_once("```sh\n").unwrap().1.split_once("\n```").unwrap();
    let lines = lines.replace("http://127.0.0.1:9000", &urls.api).replace("http://127.0.0.1:9002", &urls.identity);
    let run = tokio::process::Command::new("bash").args(["-euo", "pipefail", "-c", &lines]).output().await.unwrap();
    let answer: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert!(answer["result"]["structuredContent"]["meters"]["ai_minutes"].is_object(), "{answer}");
}

#[test]
fn every_tool_is_in_the_table_with_its_request() {
    let tools: Vec<Value> = serde_json::from_str(include_str!("../../../functions/mcp/tools.json")).unwrap();
    for tool in &tools {
        let (name, method) = (tool["tool"]["name"].as_str().unwrap(), tool["method"].as_str().unwrap());
        // The contract calls an id in a path just `id`.
        let path = tool["path"].as_str().unwrap().replace("{course_id}", "{id}").replace("{session_id}", "{id}");
        assert!(PAGE.contains(&format!("| `{name}` | `{method} {path}` |")), "{name}");
    }
    assert_eq!(PAGE.lines().filter(|line| line.starts_with("| `") && line.contains("` | `")).count(), tools.len());
}
