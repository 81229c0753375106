//! The contract of the learners' API, `openapi.json`: made of the functions' routes, of what their handlers' signatures say, of
//! the words beside them and of recorded answers. `openapi.chatgpt.json` is the part of it that a GPT may call, and
//! `functions/mcp/tools.json` the same as tools. No Lambda function links this.

pub mod assistant;
mod chatgpt;
mod document;
mod examples;
mod flatten;
mod mcp;
mod operation;
mod problems;
mod render;
mod responses;
mod routes;
mod schemas;
mod security;

use serde_json::{Value, json};

pub use chatgpt::SERVER as CHATGPT_SERVER;
pub use mcp::tools;
pub use problems::CODES;
pub use render::render;

const DESCRIPTION: &str = "\
- **JSON** in snake_case. Times are RFC 3339 in UTC. Money is a whole number of minor units (cents; yen have none) beside a lower-case
  currency code.
- **Sign in** with the identity provider of the installation, and send its ID token as `authorization: Bearer ...`. API Gateway checks
  it. Only the catalog needs none. An access token will do, too; it has no e-mail address, so Stripe's page asks for one.
- **Errors** are problem documents (RFC 9457) with a stable `code`. Each operation lists the codes of each status. What API Gateway
  answers by itself is `{\"message\": ...}` in `application/json`.
- **Lists** come in pages: send `next_cursor` as `cursor` until it is `null`.
- **What may be tried again** says when, in seconds, in `Retry-After`. Every answer has the header `apigw-requestid`, which names the
  request in the logs.

Members may be added to answers at any time; clients ignore what they do not know. Stripe's webhook is no part of this API: it has a
function URL of its own, and believes Stripe only.";

/// The part of the document that a GPT may call, as `openapi.chatgpt.json` has it.
pub fn chatgpt_document() -> Value {
    chatgpt::cut_out_of(&document())
}

/// The document, as `openapi.json` has it.
pub fn document() -> Value {
    let routes = routes::all();
    let mut schemas = schemas::Schemas::default();
    let mut operations: Vec<Value> = routes.iter().map(|route| operation::describe(route, &mut schemas)).collect();
    let shared_responses = responses::share(&mut operations);
    let mut paths = json!({});
    for (route, operation) in routes.iter().zip(operations) {
        paths[route.spec.path][route.spec.method.as_str().to_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Tuition",
            "summary": "Sells courses with Stripe, and decides who may open them.",
            "description": DESCRIPTION,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [
            { "url": "http://127.0.0.1:9000", "description": "The local stack: `make run`." },
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com",
                "description": "An installation on AWS.",
                "variables": { "api": { "default": "tuitionapi" }, "region": { "default": "us-east-1" } },
            },
        ],
        "tags": routes::TAGS.map(|(name, description)| json!({ "name": name, "description": description })),
        "paths": paths,
        "components": {
            "securitySchemes": security::schemes(),
            "headers": { "RetryAfter": {
                "description": "How many seconds to wait before trying again.",
                "schema": { "type": "integer", "minimum": 1 },
            } },
            "responses": shared_responses,
            "schemas": schemas.finish(),
        },
    })
}
