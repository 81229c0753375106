//! The committed document.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::http::route::{Auth, Route};

use crate::support::app::TestApp;
use crate::support::contract::resolve;

const COMMITTED: &str = include_str!("../../../openapi.json");

#[test]
fn the_committed_contract_is_what_the_code_says() {
    let is_current = COMMITTED == openapi::render(&openapi::document());
    assert!(is_current, "openapi.json is out of date; `make openapi` writes it again");
}

#[test]
fn the_contract_has_the_routes_of_the_functions_and_no_others() {
    fn keys<S>(routes: Vec<Route<S>>) -> BTreeSet<(String, bool)> {
        routes.iter().map(|route| (route.spec.key(), route.spec.auth == Auth::Public)).collect()
    }
    let mut coded = keys(admin::routes());
    coded.extend(keys(billing::routes()));
    coded.extend(keys(checkout::routes()));
    coded.extend(keys(courses::routes()));
    coded.extend(keys(entitlements::routes()));
    coded.extend(keys(referrals::routes()));
    let documented =
        operations().into_iter().map(|(key, operation)| (key, operation["security"] == Value::Array(vec![])));
    assert_eq!(documented.collect::<BTreeSet<_>>(), coded);
}

/// They speak protocols of their own, which clients generated from the contract would not know.
#[test]
fn no_route_of_the_mcp_server_is_in_the_contract() {
    let document = openapi::document();
    for route in mcp::routes() {
        assert!(document["paths"].get(route.spec.path).is_none(), "{}", route.spec.key());
    }
}

#[test]
fn every_operation_is_described_with_examples_and_errors() {
    for (key, operation) in operations() {
        for member in ["summary", "description", "operationId"] {
            assert!(operation[member].as_str().is_some_and(|text| !text.is_empty()), "{key} lacks a {member}");
        }
        if let Some(body) = operation.get("requestBody") {
            assert!(body["content"]["application/json"].get("example").is_some(), "{key} lacks an example of its body");
        }
        let responses = operation["responses"].as_object().unwrap();
        let (successes, errors): (Vec<_>, Vec<_>) = responses.iter().partition(|(status, _)| status.starts_with('2'));
        assert!(!successes.is_empty() && !errors.is_empty(), "{key}");
        for (status, success) in successes {
            assert!(
                success["content"]["application/json"].get("example").is_some(),
                "{key} lacks an example of {status}"
            );
        }
        let has_example = |response: &Value| {
            resolve(response)["content"].as_object().unwrap().values().any(|media| media.get("example").is_some())
        };
        assert!(errors.iter().any(|(_, error)| has_example(error)), "{key} lacks an example of an error");
    }
}

#[test]
fn every_parameter_and_every_tag_is_described() {
    let document = openapi::document();
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (key, operation) in operations() {
        assert!(tags.contains(&&operation["tags"][0]), "{key}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{key}: {parameter}");
        }
    }
}

#[tokio::test]
async fn the_local_stack_shows_the_contract_without_a_network() {
    let app = TestApp::start().await;
    let get = async |path: &str| {
        let response = app.http.get(format!("{}{path}", app.stack.urls().web)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response
    };
    let page = get("/docs").await.text().await.unwrap();
    assert!(page.contains("/docs/redoc.js") && page.contains("/openapi.json"), "{page}");
    assert!(!page.contains("http"), "nothing is loaded from elsewhere: {page}");
    assert_eq!(get("/docs/redoc.js").await.headers()["content-encoding"], "gzip");
    assert_eq!(get("/openapi.json").await.text().await.unwrap(), COMMITTED);
}

/// Every operation with its key: `GET /courses/{id}`.
pub(super) fn operations() -> Vec<(String, Value)> {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let all = paths.into_iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().clone();
        methods.into_iter().map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    all.collect()
}
