//! Answers of the running stack, recorded by a test. `openapi/examples.json` is their file.

use std::sync::LazyLock;

use serde_json::Value;

/// By operation: `path`, `request`, and `responses` by status. An empty file leaves the document without examples.
static RECORDED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../examples.json")).unwrap_or_default());

/// The examples of an operation.
pub(crate) struct Examples {
    pub(crate) path: Option<Value>,
    pub(crate) request: Option<Value>,
    responses: Value,
}

impl Examples {
    pub(crate) fn response(&self, status: u16) -> Option<Value> {
        self.responses.get(status.to_string()).cloned()
    }
}

pub(crate) fn examples_of(operation: &str) -> Examples {
    let recorded = &RECORDED[operation];
    Examples {
        path: recorded.get("path").cloned(),
        request: recorded.get("request").cloned(),
        responses: recorded["responses"].clone(),
    }
}
