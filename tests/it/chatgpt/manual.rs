//! Shows that `docs/chatgpt.md` is right: its commands work, and its instructions speak of what there is.

use std::collections::BTreeSet;

use openapi::assistant::OPERATIONS;
use serde_json::Value;

use super::gpt::{document, operations};
use crate::support::app::TestApp;

const MANUAL: &str = include_str!("../../../docs/chatgpt.md");

/// What the GPT editor takes as instructions, in characters.
const LONGEST_INSTRUCTIONS: usize = 8_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_without_chatgpt_reach_a_limit_and_buy_a_plan() {
    let app = TestApp::start().await;
    let urls = app.stack.urls();
    let lines = chapter("Try the calls without ChatGPT", "sh");
    let lines = lines.replace("http://127.0.0.1:9000", &urls.api).replace("http://127.0.0.1:9002", &urls.identity);
    let run = tokio::process::Command::new("bash").args(["-euo", "pipefail", "-c", &lines]).output().await.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let shown = String::from_utf8(run.stdout).unwrap();
    let answers: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [_, before, closed, _, counted, refused, _, session, after, open, unlimited, portal] = answers.as_slice()
    else {
        panic!("{shown}")
    };
    assert_eq!((&before["plan"], &closed["because"]["reason"]), (&"free".into(), &"not_purchased".into()));
    assert_eq!((&counted["used"], &refused["code"]), (&5.into(), &"limit_reached".into()));
    assert_eq!((&session["fulfilled"], &after["plan"]), (&true.into(), &"premium".into()));
    assert_eq!((&open["because"]["reason"], &unlimited["used"]), (&"subscribed".into(), &6.into()));
    assert!(portal["url"].is_string(), "{portal}");
}

#[test]
fn every_operation_is_in_the_table_with_what_it_changes() {
    for listed in OPERATIONS {
        assert!(MANUAL.contains(&format!("| `{}` | ", listed.id)), "{}", listed.id);
    }
    let is_consequential = |operation: &Value| operation["x-openai-isConsequential"] != Value::Bool(false);
    let some = operations(&document()).into_iter().any(|operation| is_consequential(&operation.described));
    assert!(!some && MANUAL.contains("All of them have `x-openai-isConsequential: false`"));
}

#[test]
fn the_address_that_an_operator_replaces_is_that_of_the_document() {
    assert!(MANUAL.contains(&format!("sed 's|{}|https://", openapi::CHATGPT_SERVER)));
}

#[test]
fn the_instructions_use_every_operation_and_only_names_that_exist() {
    let instructions = chapter("Make one", "text");
    assert!(instructions.chars().count() < LONGEST_INSTRUCTIONS);
    let words: BTreeSet<&str> =
        instructions.split(|letter: char| !letter.is_ascii_lowercase() && letter != '_').collect();
    let unused: Vec<&str> = OPERATIONS.iter().map(|listed| listed.id).filter(|id| !words.contains(id)).collect();
    assert!(unused.is_empty(), "{unused:?}");

    let mut known: BTreeSet<String> = openapi::CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    known.extend(OPERATIONS.iter().map(|listed| listed.id.to_owned()));
    collect_members(&document(), &mut known);
    let names = words.iter().filter(|word| word.trim_matches('_').contains('_'));
    let unknown: Vec<_> = names.filter(|name| !known.contains(**name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for promise in ["Never ask for a card number", "429 limit_reached", "resets_at", "401", "409 already_owned"] {
        assert!(instructions.contains(promise), "{promise}");
    }
}

/// The names of all members of all schemas.
fn collect_members(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_members(item, names)),
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                names.extend(properties.keys().cloned());
            }
            members.values().for_each(|member| collect_members(member, names));
        }
        _ => {}
    }
}

/// The first fenced block of this kind in a chapter.
fn chapter(heading: &str, kind: &str) -> String {
    let (_, chapter) = MANUAL.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, block) = chapter.split_once(&format!("\n```{kind}\n")).unwrap();
    block.split_once("\n```").unwrap().0.to_owned()
}
