//! Shows which tools there are, and that they are what the contract says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::app::TestApp;

const COMMITTED: &str = include_str!("../../../functions/mcp/tools.json");

/// The tools, in the order of a conversation.
const NAMES: [&str; 9] = [
    "show_catalog",
    "show_subscription",
    "show_usage",
    "consume_usage",
    "create_checkout_session",
    "show_checkout_session",
    "check_course_access",
    "list_entitlements",
    "open_billing_portal",
];

#[test]
fn the_committed_tools_are_made_of_the_contract() {
    let is_current = COMMITTED == openapi::render(&openapi::tools(&openapi::document()));
    assert!(is_current, "functions/mcp/tools.json is out of date; `make openapi` writes it again");
}

#[tokio::test]
async fn the_list_has_every_tool_and_is_the_same_for_everybody() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let list = ada.mcp("tools/list", json!({})).await.expect(200)["result"].take();
    let names: Vec<&str> =
        list["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES);
    assert_eq!((&list["cacheScope"], list["ttlMs"].as_u64() > Some(0)), (&json!("public"), true));
    assert_eq!(grace.mcp("tools/list", json!({})).await.expect(200)["result"], list);
}

#[tokio::test]
async fn a_tool_says_what_it_takes_and_what_it_leaves_behind() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let list = ada.mcp("tools/list", json!({})).await.expect(200);
    let tools = list["result"]["tools"].as_array().unwrap();
    let calls: Vec<Value> = serde_json::from_str(COMMITTED).unwrap();
    for (tool, call) in tools.iter().zip(calls) {
        assert!(["title", "description"].iter().all(|text| tool[text].as_str().is_some_and(|text| text.len() > 10)));
        let schema = &tool["inputSchema"];
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{schema}");
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&json!("object"), &json!(false)));
        // Hosts of models refuse schemas with these at the top, and understand none that points elsewhere.
        assert!(["allOf", "anyOf", "oneOf"].iter().all(|name| schema.get(name).is_none()), "{schema}");
        assert!(!schema.to_string().contains("$ref"), "{schema}");
        let members: BTreeSet<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let required = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
        let in_path = call["path"].as_str().unwrap().split(['{', '}']).skip(1).step_by(2);
        let of_the_body = (tool["name"] == "consume_usage").then_some("quantity");
        assert_eq!(required.collect::<Vec<_>>(), in_path.chain(of_the_body).collect::<Vec<_>>(), "{tool}");
        assert!(!members.iter().any(|name| name.ends_with("_url")), "an assistant has no page to come back to: {tool}");

        let hints = &tool["annotations"];
        assert_eq!(hints["readOnlyHint"], json!(call["method"] == "GET"), "{tool}");
        assert_eq!(
            hints["openWorldHint"],
            json!(call["method"] == "POST" && tool["name"] != "consume_usage"),
            "only these make something at Stripe: {tool}"
        );
        if call["method"] == "POST" {
            assert_eq!(hints["destructiveHint"], false, "{tool}");
            assert_eq!(hints["idempotentHint"], json!(tool["name"] == "create_checkout_session"), "{tool}");
        }
    }
}
