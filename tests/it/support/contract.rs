//! Checks every answer of the API that a test receives against the contract: its status, its content type, its problem's code
//! and its body. A member of a body that the contract does not know is a failure, too.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = openapi::document();
    forbid_unknown_members(&mut document["components"]["schemas"]);
    document
});

/// Compiled once each: most tests meet the same few.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Panics when an answer of the API is not what the contract says.
pub(crate) fn check(path: &str, status: StatusCode, headers: &HeaderMap, body: &Value) {
    let found = mismatch(path, status, headers, body);
    assert!(found.is_none(), "{path} answers {status} {body}: {}", found.unwrap_or_default());
}

/// What an answer has that the contract does not say.
pub(crate) fn mismatch(path: &str, status: StatusCode, headers: &HeaderMap, body: &Value) -> Option<String> {
    // Only the API's gateway names its requests.
    if !headers.contains_key("apigw-requestid") {
        return None;
    }
    // MCP and RFC 9728 say what these answer; `tests/it/mcp` looks at it.
    if mcp::routes().iter().any(|route| route.spec.path == path) {
        return None;
    }
    // A preflight, and a path or a method that is no route: neither reaches an operation.
    if status == StatusCode::NO_CONTENT || *body == json!({"message": "Not Found"}) {
        return None;
    }
    let Some(operations) = operations_at(path) else { return Some("no path is documented for it".to_owned()) };
    // An answer does not say which method it belongs to: where a path has several, it has to fit one of them.
    let mut mismatches = operations.values().map(|operation| operation_mismatch(operation, status, headers, body));
    let first = mismatches.next()?;
    if mismatches.any(|mismatch| mismatch.is_none()) { None } else { first }
}

fn operation_mismatch(operation: &Value, status: StatusCode, headers: &HeaderMap, body: &Value) -> Option<String> {
    let Some(response) = operation["responses"].get(status.as_str()) else {
        return Some("the status is not documented".to_owned());
    };
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    let Some(media) = resolve(response)["content"].get(kind) else {
        return Some(format!("{kind} is not documented"));
    };
    let name = format!("{} {status} {kind}", operation["operationId"]);
    let errors: Vec<String> =
        validator(&name, &media["schema"]).iter_errors(body).map(|error| error.to_string()).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

/// What can be called at a request's path.
fn operations_at(path: &str) -> Option<&'static Map<String, Value>> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let of_template: Vec<&str> = template.split('/').collect();
        of_template.len() == parts.len()
            && of_template.iter().zip(&parts).all(|(known, part)| known.starts_with('{') || known == part)
    };
    let (_, operations) = DOCUMENT["paths"].as_object()?.iter().find(|(template, _)| fits(template))?;
    operations.as_object()
}

/// Follows a reference into the components.
pub(crate) fn resolve(value: &Value) -> &Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// The validator of a schema of the document, which the name stands for.
pub(crate) fn validator(name: &str, schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().unwrap();
    let compiled = known.entry(name.to_owned()).or_insert_with(|| {
        let mut root = schema.clone();
        close(&mut root);
        root["components"] = DOCUMENT["components"].clone();
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        Arc::new(options.build(&root).unwrap())
    });
    Arc::clone(compiled)
}

/// Closes what is a value of its own. A part of another schema stays open, as it does not know the members of the other parts.
fn forbid_unknown_members(schemas: &mut Value) {
    schemas.as_object_mut().unwrap().values_mut().for_each(close_members);
}

fn close(schema: &mut Value) {
    close_members(schema);
    schema["unevaluatedProperties"] = json!(false);
}

fn close_members(schema: &mut Value) {
    let Some(parts) = schema.as_object_mut() else { return };
    for (name, part) in parts {
        match (name.as_str(), part) {
            ("properties", Value::Object(members)) => members.values_mut().for_each(close),
            ("items" | "additionalProperties", part @ Value::Object(_)) => close(part),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => parts.iter_mut().for_each(close_members),
            _ => {}
        }
    }
}
