//! The examples of the contract: recorded from the running stack, in `openapi/examples.json`. This writes them again:
//! `UPDATE_EXAMPLES=1 cargo test -p tests --test it what_the_stack_answers`, and then `make openapi`.

use serde_json::{Map, Value};

use super::document::operations;
use super::recording;
use crate::support::contract::{resolve, validator};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/examples.json");

#[tokio::test]
async fn the_examples_are_what_the_stack_answers() {
    let recorded = recording::record().await;
    if std::env::var_os("UPDATE_EXAMPLES").is_some() {
        std::fs::write(FILE, format!("{recorded:#}\n")).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    assert_eq!(
        shape(&kept),
        shape(&recorded),
        "openapi/examples.json is out of date; the head of this file says what to do"
    );
}

#[test]
fn every_example_is_valid() {
    let mut seen = 0;
    for (key, operation) in operations() {
        let mut contents = vec![("request".to_owned(), &operation["requestBody"]["content"])];
        let responses = operation["responses"].as_object().unwrap();
        contents.extend(responses.iter().map(|(status, response)| (status.clone(), &resolve(response)["content"])));
        for (what, content) in contents {
            for (kind, media) in content.as_object().into_iter().flatten() {
                let Some(example) = media.get("example") else { continue };
                let validator = validator(&format!("{key} {what} {kind} example"), &media["schema"]);
                let errors: Vec<String> = validator.iter_errors(example).map(|error| error.to_string()).collect();
                assert!(errors.is_empty(), "{key}: the example of {what} {kind}: {errors:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen} examples");
}

/// What stays the same in every run: names and kinds of values, and codes.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = |name: &str| ["code", "status", "reason", "field", "path"].contains(&name);
            let shapes = members.iter().map(|(name, member)| {
                (name.clone(), if kept(name) && member.is_string() { member.clone() } else { shape(member) })
            });
            Value::Object(shapes.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(shape).collect()),
        Value::String(_) => Value::from("text"),
        Value::Number(_) => Value::from(0),
        other => other.clone(),
    }
}
