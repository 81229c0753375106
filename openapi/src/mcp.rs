//! The tools of the MCP server, `functions/mcp/tools.json`: the operations for assistants, with what the contract says of them. The
//! function embeds the file, so it links nothing that makes schemas.

use serde_json::{Map, Value, json};

use crate::assistant::{AssistantOperation, Effect, OPERATIONS};
use crate::document::{operations, resolve};

/// Every tool with the request that it is, made of the contract. One that names no operation is left out; a test misses it then.
pub fn tools(document: &Value) -> Value {
    OPERATIONS.iter().filter_map(|tool| describe(tool, document)).collect()
}

fn describe(tool: &AssistantOperation, document: &Value) -> Option<Value> {
    let (path, method, operation) = find(document, tool.id)?;
    let mut description = json!({
        "name": tool.tool,
        "title": operation["summary"],
        "description": tool.description,
        "inputSchema": input_schema(tool, operation, document),
        "annotations": annotations(tool.effect),
    });
    name_tools(&mut description, document);
    let path = tool.path_argument.map_or_else(|| path.to_owned(), |argument| with_variable(path, argument));
    Some(json!({ "method": method.to_uppercase(), "path": path, "tool": description }))
}

/// Path, method and description of an operation.
fn find<'a>(document: &'a Value, id: &str) -> Option<(&'a str, &'a str, &'a Value)> {
    operations(document).find(|(_, _, operation)| operation["operationId"] == id)
}

/// The path with its one variable under another name.
fn with_variable(path: &str, name: &str) -> String {
    match (path.split_once('{'), path.split_once('}')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{{{name}}}{after}"),
        _ => path.to_owned(),
    }
}

/// Path, query and body as the members of one object. Not more of JSON Schema than models and their hosts understand: no
/// references, no `null` for what can be left out, nothing beside the members at the top.
/// See <https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool>.
fn input_schema(tool: &AssistantOperation, operation: &Value, document: &Value) -> Value {
    let (mut members, mut required) = (Map::new(), Vec::new());
    let is_for_assistants = |name: &str| tool.inputs.contains(&name);
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let is_in_path = parameter["in"] == "path";
        let Some(name) = parameter["name"].as_str().filter(|name| is_for_assistants(name)) else { continue };
        let name = tool.path_argument.filter(|_| is_in_path).unwrap_or(name);
        let mut schema = parameter["schema"].clone();
        schema["description"] = parameter["description"].clone();
        members.insert(name.to_owned(), schema);
        required.extend(is_in_path.then(|| Value::from(name)));
    }
    let body = resolve(&operation["requestBody"]["content"]["application/json"]["schema"], document);
    let of_body = body["properties"].as_object().into_iter().flatten();
    for (name, schema) in of_body.filter(|(name, _)| is_for_assistants(name)) {
        members.insert(name.clone(), without_null(schema, document));
    }
    required.extend(body["required"].as_array().into_iter().flatten().cloned());
    let mut schema = json!({ "type": "object", "additionalProperties": false });
    if !members.is_empty() {
        schema["properties"] = Value::Object(members);
    }
    if !required.is_empty() {
        schema["required"] = Value::Array(required);
    }
    schema
}

/// What a value is when there is one.
fn without_null(schema: &Value, document: &Value) -> Value {
    let mut only = match schema["anyOf"].as_array().map(Vec::as_slice) {
        Some([only, null]) if *null == json!({ "type": "null" }) => resolve(only, document).clone(),
        _ => resolve(schema, document).clone(),
    };
    if let Some([kind, null]) = only["type"].as_array().map(Vec::as_slice)
        && null == "null"
    {
        only["type"] = kind.clone();
    }
    // What the member is for says more than what its type is.
    if let Some(description) = schema.get("description") {
        only["description"] = description.clone();
    }
    only
}

/// The contract's texts name routes, which an assistant cannot call.
fn name_tools(value: &mut Value, document: &Value) {
    match value {
        Value::String(text) => {
            for tool in OPERATIONS {
                if let Some((path, method, _)) = find(document, tool.id) {
                    *text = text.replace(&format!("`{} {path}`", method.to_uppercase()), &format!("`{}`", tool.tool));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name_tools(item, document)),
        Value::Object(members) => members.values_mut().for_each(|member| name_tools(member, document)),
        _ => {}
    }
}

/// See <https://modelcontextprotocol.io/specification/2026-07-28/schema#toolannotations>.
fn annotations(effect: Effect) -> Value {
    match effect {
        Effect::Reads => json!({ "readOnlyHint": true, "openWorldHint": false }),
        Effect::OpensSamePage | Effect::OpensNewPage | Effect::CountsUsage => json!({
            "readOnlyHint": false,
            "destructiveHint": false,
            "idempotentHint": effect == Effect::OpensSamePage,
            // Pages are made at Stripe.
            "openWorldHint": effect != Effect::CountsUsage,
        }),
    }
}
