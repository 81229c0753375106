//! `openapi.chatgpt.json`: what a GPT may call. It is cut out of the contract, in the form that GPT Actions read: short
//! descriptions, flat schemas, no headers and no examples.
//! See <https://developers.openai.com/api/docs/actions/production>.

use serde_json::{Map, Value, json};

use crate::assistant::{AssistantOperation, Effect, OPERATIONS};
use crate::document::{operations, resolve};
use crate::flatten::Flattener;

/// Stands for the address of the API. GPT Actions take one absolute https URL; the operator writes their own there.
pub const SERVER: &str = "https://api.school.example";

const SCHEME: &str = "oauth2";

const DESCRIPTION: &str = "Sells the plans and courses of a school, and says what a learner may open and use. Payments happen on Stripe's \
    pages only.";

/// Statuses of problems that no assistant causes, or can do anything about.
const LEFT_OUT: &[&str] = &["413", "414", "500"];

/// What a GPT may call of the contract.
pub(crate) fn cut_out_of(contract: &Value) -> Value {
    let mut schemas = Flattener::new(&contract["components"]["schemas"]);
    let mut paths = json!({});
    for (path, method, documented) in operations(contract) {
        let listed = OPERATIONS.iter().find(|listed| documented["operationId"] == listed.id);
        if let Some(listed) = listed {
            paths[path][method] = describe(listed, documented, contract, &mut schemas);
        }
    }
    let info = &contract["info"];
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": info["title"], "description": DESCRIPTION, "version": info["version"], "license": info["license"],
        },
        "servers": [{ "url": SERVER }],
        "paths": paths,
        "components": { "securitySchemes": security_schemes(), "schemas": schemas.into_used() },
    })
}

fn describe(listed: &AssistantOperation, documented: &Value, contract: &Value, schemas: &mut Flattener<'_>) -> Value {
    let is_public = documented["security"] == json!([]);
    let mut described = json!({
        "operationId": listed.id,
        "summary": documented["summary"],
        "description": listed.description,
        "x-openai-isConsequential": is_consequential(listed.effect),
        "security": if is_public { json!([]) } else { json!([{ SCHEME: SCOPES.map(|(scope, _)| scope) }]) },
        "responses": responses(documented, contract, schemas),
    });
    let parameters = documented["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.filter(|parameter| listed.inputs.iter().any(|name| parameter["name"] == *name));
    let parameters: Vec<Value> = parameters
        .map(|parameter| {
            let members = ["name", "in", "required", "description", "schema"];
            members.into_iter().map(|member| (member.to_owned(), parameter[member].clone())).collect()
        })
        .collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = documented.get("requestBody") {
        let schema = schemas.request(&body["content"]["application/json"]["schema"], listed.inputs);
        described["requestBody"] =
            json!({ "required": body["required"], "content": { "application/json": { "schema": schema } } });
    }
    described
}

/// Whether ChatGPT asks before each call, without a button to allow it always. What takes money or cannot be taken back would
/// be; an assistant has nothing of the kind. See <https://developers.openai.com/api/docs/actions/production#consequential-flag>.
fn is_consequential(effect: Effect) -> bool {
    match effect {
        Effect::Reads | Effect::OpensSamePage | Effect::OpensNewPage | Effect::CountsUsage => false,
    }
}

fn responses(documented: &Value, contract: &Value, schemas: &mut Flattener<'_>) -> Value {
    let responses = documented["responses"].as_object().into_iter().flatten();
    let kept = responses.filter(|(status, _)| !LEFT_OUT.contains(&status.as_str()));
    let described = kept.map(|(status, response)| {
        let response = resolve(response, contract);
        let description = response["description"].as_str().unwrap_or_default().lines().next();
        let media = response["content"].as_object().into_iter().flatten();
        let codes = media.clone().find_map(|(_, media)| media.pointer("/schema/allOf/1/properties/code/enum"));
        let content: Map<String, Value> = media
            .map(|(kind, media)| (kind.clone(), json!({ "schema": schemas.flatten(whole_problem(&media["schema"])) })))
            .collect();
        let description = [description.map(str::to_owned), codes.map(list)];
        let description = description.into_iter().flatten().collect::<Vec<_>>().join(": ");
        (status.clone(), json!({ "description": description, "content": content }))
    });
    Value::Object(described.collect())
}

/// Of a problem, the schema that all statuses share. Its codes are in the response's description.
fn whole_problem(schema: &Value) -> &Value {
    schema.pointer("/allOf/0").unwrap_or(schema)
}

fn list(codes: &Value) -> String {
    codes.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

/// What a GPT asks the learner for; the editor has a field for it.
const SCOPES: [(&str, &str); 3] =
    [("openid", "Who the learner is."), ("email", "The e-mail address."), ("profile", "The name.")];

/// For the reader: the GPT editor takes these addresses in a form of its own.
fn security_schemes() -> Value {
    json!({ SCHEME: { "type": "oauth2", "flows": { "authorizationCode": {
        "authorizationUrl": "https://login.school.example/oauth2/authorize",
        "tokenUrl": "https://login.school.example/oauth2/token",
        "scopes": SCOPES.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    } } } })
}
