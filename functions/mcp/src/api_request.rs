//! From a tool's arguments to a request of the API.

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use crate::tools::{ApiTool, ToolMethod};

/// A request of the API, without its host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ApiRequest {
    pub(crate) method: ToolMethod,
    pub(crate) path_and_query: String,
    /// JSON; `None` for a `GET`.
    pub(crate) body: Option<String>,
}

/// Arguments of which no request can be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ArgumentError {
    /// This one is unknown, missing, or of another type than documented.
    Invalid(String),
    /// The path names nothing that could exist.
    NotFound,
}

impl ArgumentError {
    /// As the API itself would say it.
    pub(crate) fn to_problem(&self) -> Value {
        match self {
            Self::Invalid(argument) => json!({
                "status": 400,
                "code": "invalid_field",
                "detail": "An argument is unknown, missing, or not of its documented type.",
                "field": argument,
            }),
            Self::NotFound => json!({ "status": 404, "code": "not_found", "detail": "There is nothing with this id." }),
        }
    }
}

impl ApiRequest {
    /// The request that a call of the tool is. What a body may hold is the API's to judge.
    ///
    /// # Errors
    /// When an argument is unknown, or one of the path or the query cannot be written there.
    pub(crate) fn of_call(tool: &ApiTool, mut arguments: JsonObject) -> Result<Self, ArgumentError> {
        let known = tool.tool.input_schema.get("properties").and_then(Value::as_object);
        if let Some(unknown) = arguments.keys().find(|name| !known.is_some_and(|known| known.contains_key(*name))) {
            return Err(ArgumentError::Invalid(unknown.clone()));
        }
        let path = fill(&tool.path, &mut arguments)?;
        Ok(match tool.method {
            ToolMethod::Get => Self { method: tool.method, path_and_query: with_query(path, &arguments)?, body: None },
            ToolMethod::Post => {
                let body = Some(Value::Object(arguments).to_string());
                Self { method: tool.method, path_and_query: path, body }
            }
        })
    }
}

/// Writes the argument that the path names into it.
fn fill(path: &str, arguments: &mut JsonObject) -> Result<String, ArgumentError> {
    let Some((before, rest)) = path.split_once('{') else { return Ok(path.to_owned()) };
    let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
    let Some(Value::String(id)) = arguments.remove(name) else { return Err(ArgumentError::Invalid(name.to_owned())) };
    // Slugs and Stripe's ids. Nothing else exists, and nothing else may become a part of a path.
    let is_id = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if id.is_empty() || id.len() > 255 || !is_id {
        return Err(ArgumentError::NotFound);
    }
    Ok(format!("{before}{id}{after}"))
}

fn with_query(path: String, arguments: &JsonObject) -> Result<String, ArgumentError> {
    let mut pairs = Vec::new();
    for (name, value) in arguments {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name, text.clone())),
            Value::Number(number) => pairs.push((name, number.to_string())),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Err(ArgumentError::Invalid(name.clone())),
        }
    }
    let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
    Ok(if query.is_empty() { path } else { format!("{path}?{query}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Tools;

    fn request(tool: &str, arguments: Value) -> Result<ApiRequest, ArgumentError> {
        let tools = Tools::embedded();
        let Value::Object(arguments) = arguments else { unreachable!("an object literal") };
        ApiRequest::of_call(tools.find(tool).unwrap(), arguments)
    }

    fn get(path_and_query: &str) -> ApiRequest {
        ApiRequest { method: ToolMethod::Get, path_and_query: path_and_query.to_owned(), body: None }
    }

    #[test]
    fn arguments_become_path_query_or_body() {
        let check = |tool, arguments, expected| assert_eq!(request(tool, arguments), Ok(expected));
        check("show_catalog", json!({}), get("/catalog"));
        check("check_course_access", json!({"course_id": "vector-search"}), get("/courses/vector-search/access"));
        check("show_checkout_session", json!({"session_id": "cs_test_a1"}), get("/checkout/sessions/cs_test_a1"));
        check("list_entitlements", json!({"limit": 2, "cursor": null}), get("/entitlements?limit=2"));
        check("list_entitlements", json!({"cursor": "a&b=ü/"}), get("/entitlements?cursor=a%26b%3D%C3%BC%2F"));
        let post = |path: &str, body: &str| ApiRequest {
            method: ToolMethod::Post,
            path_and_query: path.to_owned(),
            body: Some(body.to_owned()),
        };
        check("open_billing_portal", json!({}), post("/billing/portal", "{}"));
        let body = json!({"course_id": 7, "currency": "eur"});
        check("create_checkout_session", body.clone(), post("/checkout/sessions", &body.to_string()));
    }

    #[test]
    fn what_is_no_argument_of_the_tool_is_not_sent() {
        let check = |tool, arguments, expected| assert_eq!(request(tool, arguments), Err(expected));
        let invalid = |name: &str| ArgumentError::Invalid(name.to_owned());
        check("show_catalog", json!({"currency": "usd"}), invalid("currency"));
        check("create_checkout_session", json!({"success_url": "https://evil.example"}), invalid("success_url"));
        check("check_course_access", json!({}), invalid("course_id"));
        check("check_course_access", json!({"course_id": 7}), invalid("course_id"));
        check("check_course_access", json!({"course_id": null}), invalid("course_id"));
        check("list_entitlements", json!({"limit": [2]}), invalid("limit"));
        for id in ["", ".", "..", "../catalog", "a/b", "a?b=c", "a#b", "a%2Fb", "a b", "ü", &"a".repeat(256)] {
            check("check_course_access", json!({"course_id": id}), ArgumentError::NotFound);
        }
    }
}
