//! The codes of problems: what the code can answer is documented, and nothing else is.

use std::collections::BTreeSet;
use std::path::Path;

use shared::domain::RefundRefusal;

use super::document::operations;
use crate::support::contract::resolve;

/// Where the API's problems are made. The webhook's are not a learner's.
const SOURCES: &[&str] = &[
    "functions/admin/src",
    "functions/billing/src",
    "functions/checkout/src",
    "functions/courses/src",
    "functions/entitlements/src",
    "shared/src",
];

/// What makes a problem with the code that follows.
const MADE_BY: &[&str] = &["::bad_request(", "::conflict(", "::unavailable(", "invalid_request("];

/// API Gateway answers 404 before a function could say that a route has other methods.
const NEVER_SEEN: &[&str] = &["method_not_allowed"];

#[test]
fn every_code_that_the_code_can_answer_is_documented_and_no_other() {
    let made = made();
    assert!(made.contains("already_owned") && made.len() > 40, "the scan works: {made:?}");
    let mut documented = BTreeSet::new();
    for (_, operation) in operations() {
        for response in operation["responses"].as_object().unwrap().values() {
            let codes = &resolve(response)["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]
                ["enum"];
            documented.extend(codes.as_array().into_iter().flatten().map(|code| code.as_str().unwrap().to_owned()));
        }
    }
    let differ: Vec<&String> = made.symmetric_difference(&documented).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn every_code_has_a_meaning_and_every_meaning_a_code() {
    let explained: BTreeSet<&str> = openapi::CODES.iter().map(|(code, _)| *code).collect();
    let made = made();
    assert_eq!(explained, made.iter().map(String::as_str).collect());
}

/// The codes of every problem that a learner can meet.
fn made() -> BTreeSet<String> {
    let all = sources().into_iter().flat_map(|source| codes_in(&source));
    let of_refunds = RefundRefusal::ALL.iter().map(|refusal| refusal.code().to_owned());
    all.chain(of_refunds).filter(|code| !NEVER_SEEN.contains(&code.as_str())).collect()
}

/// The codes of problems that are made in this text.
fn codes_in(source: &str) -> Vec<String> {
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let after = |start: &'static str| code.split(start).skip(1).filter_map(|rest| rest.split_once('"'));
    let named = MADE_BY.iter().flat_map(|start| after(start)).filter(|(before, _)| before.trim().is_empty());
    // The status comes first.
    let with_status = after("::new(").filter(|(before, _)| {
        before.trim().starts_with("StatusCode::") && before.trim().ends_with(',') && before.matches(',').count() == 1
    });
    named.chain(with_status).filter_map(|(_, rest)| rest.split('"').next()).map(str::to_owned).collect()
}

/// Every source file, without its unit tests.
fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<_> = SOURCES.iter().map(|folder| root.join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }
    sources
}
