//! A GPT for the tests: it knows `openapi.chatgpt.json`, and calls nothing that is not in it.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::support::learner::Learner;
use crate::support::response::TestResponse;

pub(super) const COMMITTED: &str = include_str!("../../../openapi.chatgpt.json");

/// The most characters that a request or an answer may have.
/// <https://developers.openai.com/api/docs/actions/production>
const LONGEST: usize = 100_000;

/// A GPT in which a learner has signed in.
pub(super) struct Gpt {
    document: Value,
    learner: Learner,
}

/// An operation with its method and its path.
#[derive(Clone)]
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) described: Value,
}

impl Gpt {
    pub(super) fn of(learner: Learner) -> Self {
        Self { document: document(), learner }
    }

    /// Calls an operation. Panics when the document does not have it, one of its inputs, or this answer.
    pub(super) async fn call(&self, id: &str, inputs: Value) -> TestResponse {
        let operation = operation(&self.document, id);
        let Value::Object(mut inputs) = inputs else { panic!("{id}: inputs are an object") };
        let path = fill_in(&operation, &mut inputs);
        let body = operation.described.pointer("/requestBody/content/application~1json/schema").map(|schema| {
            let body = Value::Object(std::mem::take(&mut inputs));
            assert_eq!(self.errors(schema, &body), Vec::<String>::new(), "{id}: {body}");
            body.to_string()
        });
        assert!(inputs.is_empty(), "{id} takes no {inputs:?}");
        let answer = self.learner.call(operation.method, &path, body).await;
        self.check(id, &operation.described, &answer);
        answer
    }

    fn check(&self, id: &str, described: &Value, answer: &TestResponse) {
        let kind = answer.headers[CONTENT_TYPE].to_str().unwrap().split(';').next().unwrap();
        let media = &described["responses"][answer.status.as_str()]["content"][kind];
        assert!(media.is_object(), "{id} does not answer {} in {kind}", answer.status);
        assert_eq!(self.errors(&media["schema"], &answer.body), Vec::<String>::new(), "{id}: {}", answer.body);
        assert!(answer.body.to_string().len() < LONGEST, "{id}");
    }

    fn errors(&self, schema: &Value, value: &Value) -> Vec<String> {
        errors(&self.document, schema, value)
    }
}

/// The committed document.
pub(super) fn document() -> Value {
    serde_json::from_str(COMMITTED).unwrap()
}

/// Every operation of the document.
pub(super) fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, described)| Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: path.clone(),
            described: described.clone(),
        })
    });
    all.collect()
}

/// The operation with this `operationId`.
pub(super) fn operation(document: &Value, id: &str) -> Operation {
    let found = operations(document).into_iter().find(|operation| operation.described["operationId"] == id);
    found.unwrap_or_else(|| panic!("a GPT has no {id}"))
}

/// What a value has that a schema of the document does not say. A member that no schema names is an error, too.
pub(super) fn errors(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut root = schema.clone();
    root["components"] = document["components"].clone();
    close(&mut root);
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&root).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

fn close(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("type").is_some_and(|kind| *kind == "object" || *kind == json!(["object", "null"])) {
                members.entry("additionalProperties").or_insert(json!(false));
            }
        }
        _ => {}
    }
}

/// The path with the inputs that belong into it.
fn fill_in(operation: &Operation, inputs: &mut Map<String, Value>) -> String {
    let parameters = operation.described["parameters"].as_array().into_iter().flatten();
    parameters.fold(operation.path.clone(), |path, parameter| {
        assert_eq!(parameter["in"], "path", "no other parameter is called with: {parameter}");
        let name = parameter["name"].as_str().unwrap();
        let value = inputs.remove(name).unwrap_or_else(|| panic!("{path} needs {name}"));
        path.replace(&format!("{{{name}}}"), value.as_str().unwrap())
    })
}
