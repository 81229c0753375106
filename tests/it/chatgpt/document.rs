//! Shows that GPT Actions can read `openapi.chatgpt.json`, and that it says of the API what `openapi.json` says.

use std::collections::BTreeSet;

use openapi::assistant::{Effect, OPERATIONS};
use reqwest::Method;
use serde_json::{Value, json};

use super::gpt::{COMMITTED, document, errors, operation, operations};

/// <https://developers.openai.com/api/docs/actions/production#open-api-specification-limits>
const LONGEST_OF_OPERATION: usize = 300;
const LONGEST_OF_PARAMETER: usize = 700;
/// More are refused by the GPT editor.
const MOST_OPERATIONS: usize = 30;

#[test]
fn the_committed_document_is_what_the_code_says() {
    let is_current = COMMITTED == openapi::render(&openapi::chatgpt_document());
    assert!(is_current, "openapi.chatgpt.json is out of date; `make openapi` writes it again");
}

#[test]
fn it_has_the_operations_of_the_list_with_all_of_their_inputs() {
    let document = document();
    let operations = operations(&document);
    assert!(operations.len() <= MOST_OPERATIONS);
    let ids: BTreeSet<&str> =
        operations.iter().map(|operation| operation.described["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids, OPERATIONS.iter().map(|listed| listed.id).collect());
    for listed in OPERATIONS {
        let described = operation(&document, listed.id).described;
        let inputs: BTreeSet<String> = inputs(&described).into_iter().map(|(name, _)| name).collect();
        assert_eq!(inputs, listed.inputs.iter().map(|name| (*name).to_owned()).collect(), "{}", listed.id);
    }
}

#[test]
fn every_text_is_as_short_as_gpt_actions_want_it() {
    for operation in operations(&document()) {
        for member in ["summary", "description"] {
            let text = operation.described[member].as_str().unwrap();
            let length = text.chars().count();
            assert!((1..=LONGEST_OF_OPERATION).contains(&length), "{}: {length}: {text}", operation.path);
        }
        for (name, input) in inputs(&operation.described) {
            let length = input["description"].as_str().map_or(0, |text| text.chars().count());
            assert!(length <= LONGEST_OF_PARAMETER, "{}: {name}: {length}", operation.path);
        }
    }
}

#[test]
fn it_has_no_construct_that_gpt_actions_do_not_read() {
    let document = document();
    let servers = document["servers"].as_array().unwrap();
    let [server] = servers.as_slice() else { panic!("one server, not {servers:?}") };
    assert_eq!(
        (&server["url"], openapi::CHATGPT_SERVER),
        (&json!(openapi::CHATGPT_SERVER), "https://api.school.example")
    );
    assert_eq!(COMMITTED.matches(openapi::CHATGPT_SERVER).count(), 1, "an operator writes the address once");
    visit(&document, &mut |schema| {
        for unknown in ["oneOf", "anyOf", "allOf", "not", "const", "patternProperties", "example", "examples"] {
            assert!(schema.get(unknown).is_none(), "{unknown} in {schema}");
        }
        let is_object = schema.get("type").is_some_and(|kind| *kind == "object" || *kind == json!(["object", "null"]));
        assert!(!is_object || schema["properties"].is_object(), "{schema}");
        assert_ne!(schema.get("in"), Some(&json!("header")), "a GPT sends no headers of its own: {schema}");
    });
}

#[test]
fn a_learner_signs_in_by_an_authorization_code_for_everything_but_the_catalog() {
    let document = document();
    let flows = &document["components"]["securitySchemes"]["oauth2"]["flows"];
    let scopes: Vec<&String> = flows["authorizationCode"]["scopes"].as_object().unwrap().keys().collect();
    for operation in operations(&document) {
        let security = operation.described["security"].as_array().unwrap();
        if operation.path == "/catalog" {
            assert!(security.is_empty());
            continue;
        }
        let asked: BTreeSet<&str> = security[0]["oauth2"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
        assert_eq!(asked, scopes.iter().map(|scope| scope.as_str()).collect(), "{}", operation.path);
    }
}

#[test]
fn no_call_is_consequential_as_none_takes_money_or_changes_a_subscription() {
    for operation in operations(&document()) {
        let id = operation.described["operationId"].as_str().unwrap();
        let listed = OPERATIONS.iter().find(|listed| listed.id == id).unwrap();
        assert_eq!(operation.described["x-openai-isConsequential"], json!(false), "{id}");
        assert_eq!(listed.effect == Effect::Reads, operation.method == Method::GET, "{id}");
        assert!(!operation.path.starts_with("/billing/subscription/"), "{id} would need a confirmation");
    }
}

#[test]
fn every_recorded_answer_of_the_api_is_one_of_its_answers() {
    let document = document();
    let contract = openapi::document();
    let mut seen = 0;
    for operation in operations(&document) {
        let documented = &contract["paths"][&operation.path][operation.method.as_str().to_lowercase()];
        for (status, response) in operation.described["responses"].as_object().unwrap() {
            for (kind, media) in response["content"].as_object().unwrap() {
                let recorded = documented["responses"][status]["content"][kind].get("example");
                if let Some(recorded) = recorded {
                    let errors = errors(&document, &media["schema"], recorded);
                    assert!(errors.is_empty(), "{} {status}: {errors:?}", operation.path);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 15, "{seen} examples");
}

/// What a GPT sends: the parameters and the members of the body, each with its description.
fn inputs(described: &Value) -> Vec<(String, Value)> {
    let parameters = described["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| (parameter["name"].as_str().unwrap().to_owned(), parameter.clone()));
    let members = described.pointer("/requestBody/content/application~1json/schema/properties");
    let members = members.and_then(Value::as_object).into_iter().flatten();
    parameters.chain(members.map(|(name, member)| (name.clone(), member.clone()))).collect()
}

fn visit(value: &Value, check: &mut impl FnMut(&Value)) {
    check(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, check)),
        Value::Object(members) => members.values().for_each(|member| visit(member, check)),
        _ => {}
    }
}
