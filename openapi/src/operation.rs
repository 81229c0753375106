//! One operation of the document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::http::openapi::{Location, Operation, ProblemCodes};
use shared::http::route::{Auth, RouteSpec};

use crate::examples::{Examples, examples_of};
use crate::responses::{self, Codes};
use crate::routes::DescribedRoute;
use crate::schemas::Schemas;
use crate::security;

/// What the router and API Gateway answer for every route.
const EDGE: ProblemCodes = &[(414, &["uri_too_long"]), (429, &[]), (500, &[]), (503, &["timeout"])];

pub(crate) fn describe(route: &DescribedRoute, schemas: &mut Schemas) -> Value {
    let DescribedRoute { spec, operation, text } = route;
    let examples = examples_of(operation.id);
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.function],
        "security": security::required(spec.auth),
        "responses": responses(route, &examples, schemas),
    });
    if let Some(text) = text {
        described["summary"] = json!(text.summary);
        described["description"] = json!(text.description);
    }
    let parameters = parameters(route, &examples);
    if !parameters.is_empty() {
        described["parameters"] = Value::from(parameters);
    }
    if let Some(body) = operation.request {
        let mut content = json!({ "schema": schemas.of_request(body.schema) });
        if let Some(example) = examples.request {
            content["example"] = example;
        }
        described["requestBody"] = json!({ "required": body.required, "content": { "application/json": content } });
    }
    described
}

fn parameters(route: &DescribedRoute, examples: &Examples) -> Vec<Value> {
    // An operation describes its first variable, and has an example of it.
    let in_path = path_variables(&route.spec).enumerate().map(|(position, name)| {
        let is_first = position == 0;
        let of_operation = route.text.and_then(|text| text.path_parameter).filter(|_| is_first);
        let mut parameter = json!({
            "name": name, "in": "path", "required": true,
            "description": of_operation.or_else(|| meaning_of_variable(name)), "schema": { "type": "string" },
        });
        if let Some(example) = examples.path.as_ref().filter(|_| is_first) {
            parameter["example"] = example.clone();
        }
        parameter
    });
    let others = route.operation.parameters.iter().map(|parameter| {
        let mut schema = parameter.schema.clone();
        let description = schema.remove("description");
        let location = match parameter.location {
            Location::Query => "query",
            Location::Header => "header",
        };
        // A parameter is missing or a text; it cannot be null.
        if schema.get("type").is_some_and(Value::is_array) {
            schema.insert("type".to_owned(), json!("string"));
        }
        json!({ "name": parameter.name, "in": location, "required": false, "description": description, "schema": schema })
    });
    in_path.chain(others).collect()
}

fn path_variables(spec: &RouteSpec) -> impl Iterator<Item = &'static str> {
    spec.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// What a variable is that is not the first of its path.
fn meaning_of_variable(name: &str) -> Option<&'static str> {
    (name == "step").then_some("The step's id, unique in its course.")
}

fn responses(route: &DescribedRoute, examples: &Examples, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    for (status, meaning) in route.text.map(|text| text.success).unwrap_or_default() {
        let schema = route.operation.response.map(|schema| schemas.of_response(schema));
        responses.insert(status.to_string(), responses::success(meaning, schema, examples.response(*status)));
    }
    for (status, codes) in codes(&route.operation, route) {
        responses.insert(status.to_string(), responses::problem(status, &codes, examples.response(status)));
    }
    Value::Object(responses)
}

/// Every problem that the route can answer, by its status.
fn codes(operation: &Operation, route: &DescribedRoute) -> BTreeMap<u16, Codes> {
    let mut all: BTreeMap<u16, Codes> = operation.problems.clone();
    let own = route.text.map(|text| text.problems).unwrap_or_default();
    for (status, codes) in own.iter().copied().chain([EDGE]).flatten() {
        all.entry(*status).or_default().extend(codes.iter().copied());
    }
    if route.spec.auth == Auth::Public {
        all.remove(&401);
    }
    all
}
