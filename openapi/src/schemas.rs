//! The schemas of the document. schemars reads them from the types, as serde reads and writes them; what is changed here is the
//! form, for the sake of generators that do not know all of JSON Schema.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use shared::http::openapi::SchemaOf;

/// What has been named so far.
pub(crate) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = || SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = COMPONENTS.into());
        let (read, written) = (settings().for_deserialize(), settings().for_serialize());
        Self { read: read.into_generator(), written: written.into_generator() }
    }
}

const COMPONENTS: &str = "/components/schemas";

impl Schemas {
    /// A reference to what a client sends.
    pub(crate) fn of_request(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.read).to_value()
    }

    /// A reference to what a client receives.
    pub(crate) fn of_response(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.written).to_value()
    }

    /// Everything that was referred to, and what every operation can answer.
    pub(crate) fn finish(mut self) -> Map<String, Value> {
        let mut written = self.written.take_definitions(false);
        written.values_mut().for_each(missing_instead_of_null);
        written.values_mut().for_each(open_up);
        let mut all = self.read.take_definitions(false);
        all.extend(written);
        all.values_mut().for_each(simplify);
        all.insert("Problem".to_owned(), problem());
        all.insert("GatewayMessage".to_owned(), gateway_message());
        all
    }
}

/// A member that serde leaves out is never `null`; schemars cannot know that.
fn missing_instead_of_null(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (_, member) in members.into_iter().flatten().filter(|(name, _)| !required.contains(&json!(name))) {
        if let Some(types) = member.get_mut("type").filter(|types| types.is_array()) {
            *types = types[0].clone();
        }
        if let Some([only, null]) = member["anyOf"].as_array().map(Vec::as_slice)
            && *null == json!({ "type": "null" })
        {
            *member = only.clone();
        }
    }
}

/// What is strict or has a default when `catalog.yaml` is read says nothing of answers.
fn open_up(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(open_up),
        Value::Object(members) => {
            members.remove("default");
            if members.contains_key("properties") {
                members.remove("additionalProperties");
            }
            members.values_mut().for_each(open_up);
        }
        _ => {}
    }
}

fn simplify(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Object(members) => {
            name_keys(members);
            join_constants(members);
            // `uint64` and the like are schemars' own. Minimum and maximum say it.
            members.retain(|name, value| name != "format" || !value.as_str().is_some_and(|text| text.contains("int")));
            members.values_mut().for_each(simplify);
            separate_reference(members);
        }
        _ => {}
    }
}

/// A map whose keys have a form.
fn name_keys(members: &mut Map<String, Value>) {
    let Some(Value::Object(patterns)) = members.remove("patternProperties") else { return };
    for (pattern, value) in patterns {
        members.insert("propertyNames".to_owned(), json!({ "type": "string", "pattern": pattern }));
        members.insert("additionalProperties".to_owned(), value);
    }
}

/// An enum whose variants have comments is a list of constants; generators know `enum`.
fn join_constants(members: &mut Map<String, Value>) {
    let Some(variants) = members.get("oneOf").and_then(Value::as_array) else { return };
    let Some(words) = variants.iter().map(|variant| variant["const"].as_str()).collect::<Option<Vec<&str>>>() else {
        return;
    };
    let lines = variants.iter().zip(&words).filter_map(|(variant, word)| {
        let meaning = variant["description"].as_str()?;
        Some(format!("\n- `{word}`: {meaning}"))
    });
    let head = members.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{head}\n{}", lines.collect::<String>());
    let joined = json!({ "type": "string", "enum": words, "description": description });
    members.remove("oneOf");
    if let Value::Object(joined) = joined {
        members.extend(joined);
    }
}

/// Generators pass over what stands beside a reference, but for a description.
fn separate_reference(members: &mut Map<String, Value>) {
    let Some(reference) = members.get("$ref").cloned() else { return };
    if members.keys().all(|name| ["$ref", "description", "default"].contains(&name.as_str())) {
        return;
    }
    let description = members.remove("description");
    members.remove("$ref");
    let rest = std::mem::take(members);
    members.insert("allOf".to_owned(), json!([{ "$ref": reference }, rest]));
    members.extend(description.map(|description| ("description".to_owned(), description)));
}

/// As `shared::http::Problem` renders it.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong. See RFC 9457.",
        "required": ["type", "title", "status", "code", "detail", "request_id"],
        "properties": {
            "type": { "type": "string", "const": "about:blank" },
            "title": { "type": "string", "description": "The status in words." },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "code": { "type": "string", "description": "Stable: the name of what went wrong." },
            "detail": { "type": "string", "description": "A sentence for the developer who reads it. It may change." },
            "request_id": { "type": "string", "description": "Names the request in the logs." },
            "field": { "type": "string", "description": "The field of the request that is meant, if it is one." },
            "resets_at": {
                "type": "string", "format": "date-time",
                "description": "With `limit_reached`: when counting begins anew.",
            },
            "because": {
                "$ref": "#/components/schemas/AccessReason",
                "description": "With `no_access`: why the course is closed, as its access says it.",
            },
            "reason": {
                "$ref": "#/components/schemas/LockReason",
                "description": "With `module_locked`: why the module is locked.",
            },
            "opens_at": {
                "type": ["string", "null"], "format": "date-time",
                "description": "With `module_locked`: it does not open before. `null` when no time is known.",
            },
            "missing_steps": {
                "type": "array", "items": { "type": "string" },
                "description": "With `module_locked`: the steps of earlier modules that have to be completed first, by their ids.",
            },
            "hosted_invoice_url": {
                "type": ["string", "null"],
                "description": "With `payment_required`: Stripe's page where it can be paid.",
            },
            "amount": { "type": "integer", "description": "With `amount_mismatch`: the catalog's, in minor units." },
            "requested_amount": { "type": "integer", "description": "With `amount_mismatch`: the request's." },
            "refundable_amount": {
                "type": "integer", "format": "int64",
                "description": "With `amount_too_large`: what is left to refund, in minor units.",
            },
            "refund_request_status": {
                "type": "string",
                "description": "With `refund_request_closed`: where the refund request stands.",
            },
            "refundable_until": {
                "type": ["string", "null"], "format": "date-time",
                "description": "With `refund_window_over`: until when a refund could be asked for.",
            },
            "window_days": {
                "type": "integer",
                "description": "With `refund_window_over`: for how many days after a payment its refund can be asked for.",
            },
            "progress_percent": {
                "type": "integer",
                "description": "With `too_much_progress`: what was done of the courses that were paid for.",
            },
            "max_progress_percent": {
                "type": "integer",
                "description": "With `too_much_progress`: up to how much a refund can be asked for.",
            },
        },
    })
}

fn gateway_message() -> Value {
    json!({
        "type": "object",
        "description": "What API Gateway answers before or instead of a function.",
        "required": ["message"],
        "properties": { "message": { "type": "string" } },
    })
}
