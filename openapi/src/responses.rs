//! The answers of the document: successes, problems, and what API Gateway says by itself.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::problems::{meaning_of, member_of, says_when_to_retry};

/// Codes of problems.
pub(crate) type Codes = BTreeSet<&'static str>;

/// Statuses that API Gateway answers by itself, too. It knows nothing of problem documents.
const OF_GATEWAY: &[(u16, &str)] = &[
    (401, "Unauthorized"),
    (413, "Request Entity Too Large"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (503, "Service Unavailable"),
];

pub(crate) fn success(meaning: &str, schema: Option<Value>, example: Option<Value>) -> Value {
    json!({ "description": meaning, "content": { "application/json": media(schema.unwrap_or(json!({})), example) } })
}

/// A status with its codes; none are left to API Gateway.
pub(crate) fn problem(status: u16, codes: &Codes, example: Option<Value>) -> Value {
    let (of_function, of_gateway) = match example {
        Some(example) if example.get("code").is_some() => (Some(example), None),
        example => (None, example),
    };
    let mut content = json!({});
    if !codes.is_empty() {
        content["application/problem+json"] = media(problem_schema(status, codes), of_function);
    }
    let message = OF_GATEWAY.iter().find(|(answered, _)| *answered == status).map(|(_, message)| *message);
    if let Some(message) = message {
        let example = of_gateway.unwrap_or(json!({ "message": message }));
        content["application/json"] = media(json!({ "$ref": "#/components/schemas/GatewayMessage" }), Some(example));
    }
    let mut response = json!({ "description": description(status, codes, message.is_some()), "content": content });
    if !codes.is_empty() && (matches!(status, 429 | 503) || codes.iter().any(|code| says_when_to_retry(code))) {
        response["headers"] = json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } });
    }
    response
}

/// Moves a response to the components if every operation with its status answers alike. Returns the components.
pub(crate) fn share(operations: &mut [Value]) -> Value {
    let mut by_status: BTreeMap<String, Vec<&mut Value>> = BTreeMap::new();
    let all = operations.iter_mut().filter_map(|operation| operation["responses"].as_object_mut()).flatten();
    for (status, response) in all.filter(|(status, _)| !status.starts_with('2')) {
        by_status.entry(status.clone()).or_default().push(response);
    }
    let mut shared = Map::new();
    for (status, responses) in by_status {
        let Some(first) = responses.first().map(|first| (*first).clone()) else { continue };
        if responses.len() == 1 || responses.iter().any(|response| **response != first) {
            continue;
        }
        let name: String = reason(status.parse().unwrap_or_default()).split(' ').collect();
        for response in responses {
            *response = json!({ "$ref": format!("#/components/responses/{name}") });
        }
        shared.insert(name, first);
    }
    Value::Object(shared)
}

fn media(schema: Value, example: Option<Value>) -> Value {
    match example {
        Some(example) => json!({ "schema": schema, "example": example }),
        None => json!({ "schema": schema }),
    }
}

fn problem_schema(status: u16, codes: &Codes) -> Value {
    let members: BTreeSet<Option<&str>> = codes.iter().map(|code| member_of(code)).collect();
    let mut required = vec!["status", "code"];
    // A member that every code of the status has.
    if let (1, Some(Some(member))) = (members.len(), members.first()) {
        required.push(member);
    }
    json!({ "allOf": [
        { "$ref": "#/components/schemas/Problem" },
        {
            "type": "object",
            "required": required,
            "properties": {
                "status": { "type": "integer", "const": status },
                "code": { "type": "string", "enum": codes },
            },
        },
    ] })
}

fn description(status: u16, codes: &Codes, or_gateway: bool) -> String {
    let lines = codes.iter().map(|code| format!("\n- `{code}`: {}", meaning_of(code).unwrap_or_default()));
    let gateway = or_gateway.then(|| "\n- API Gateway answers this by itself, too, with a `message` only.".to_owned());
    format!("{}\n{}", reason(status), lines.chain(gateway).collect::<String>())
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}
