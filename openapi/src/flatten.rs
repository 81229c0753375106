//! Schemas without `allOf`, `anyOf`, `oneOf` and `const`, for readers that know only types, enums and members. What was one of
//! several becomes one schema that allows them all.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const COMPONENTS: &str = "#/components/schemas/";

/// What is said of a value beside its type.
const KEPT: &[&str] = &["type", "description", "enum", "format", "minimum", "maximum", "required"];

/// Flattens the schemas of a document.
pub(crate) struct Flattener<'a> {
    /// The document's schemas by their names.
    named: &'a Value,
    /// Those that were referred to.
    used: BTreeMap<String, Value>,
}

type Schema = Map<String, Value>;

impl<'a> Flattener<'a> {
    /// A flattener for a document with these `components.schemas`.
    pub(crate) fn new(named: &'a Value) -> Self {
        Self { named, used: BTreeMap::new() }
    }

    /// The schemas that the others refer to.
    pub(crate) fn into_used(self) -> BTreeMap<String, Value> {
        self.used
    }

    /// A schema in the place where it is used. An object with a name stays a reference; everything else is written out.
    pub(crate) fn flatten(&mut self, schema: &Value) -> Value {
        if let Some(name) = reference(schema) {
            let named = self.expand(&self.named[name]);
            if has_members(&named) {
                self.used.insert(name.to_owned(), Value::Object(named));
                return json!({ "$ref": format!("{COMPONENTS}{name}") });
            }
        }
        Value::Object(self.expand(schema))
    }

    /// What a client may send: some members of an object. A member that is `null` may as well be missing.
    pub(crate) fn request(&mut self, schema: &Value, members: &[&str]) -> Value {
        let mut flat = self.expand(schema);
        if let Some(Value::Object(properties)) = flat.get_mut("properties") {
            properties.retain(|name, _| members.contains(&name.as_str()));
            properties.values_mut().for_each(forbid_null);
        }
        Value::Object(flat)
    }

    /// The schema itself, without a reference to it.
    fn expand(&mut self, schema: &Value) -> Schema {
        if let Some(name) = reference(schema) {
            let mut target = self.expand(&self.named[name]);
            // What is said of this place says more than what is said of the type.
            target.extend(schema.get("description").map(|text| ("description".to_owned(), text.clone())));
            return target;
        }
        let parts = |kind: &str| schema.get(kind).and_then(Value::as_array).cloned();
        if let Some(parts) = parts("allOf") {
            return join(parts.iter().map(|part| self.expand(part)).collect());
        }
        // Beside members, alternatives only say which of them go together.
        let alternatives = parts("anyOf").or(parts("oneOf")).filter(|_| schema.get("properties").is_none());
        let mut flat = match alternatives {
            Some(parts) => {
                let (nulls, parts): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part["type"] == "null");
                let mut flat = unite(parts.into_iter().map(|part| self.expand(part)).collect());
                if !nulls.is_empty() {
                    allow_null(&mut flat);
                }
                flat
            }
            None => self.members(schema),
        };
        flat.extend(schema.get("description").map(|text| ("description".to_owned(), text.clone())));
        flat
    }

    fn members(&mut self, schema: &Value) -> Schema {
        let kept = |name: &&str| Some(((*name).to_owned(), schema.get(*name)?.clone()));
        let mut flat: Schema = KEPT.iter().filter_map(kept).collect();
        if let Some(only) = schema.get("const") {
            flat.insert("enum".to_owned(), json!([only]));
        }
        if let Some(items) = schema.get("items") {
            flat.insert("items".to_owned(), self.flatten(items));
        }
        if schema["type"] == "object" {
            let members = schema["properties"].as_object().cloned().unwrap_or_default();
            let members: Schema = members.iter().map(|(name, member)| (name.clone(), self.flatten(member))).collect();
            // GPT Actions insist on it, for maps, too.
            flat.insert("properties".to_owned(), Value::Object(members));
            if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
                flat.insert("additionalProperties".to_owned(), self.flatten(values));
            }
        }
        flat
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)
}

fn has_members(schema: &Schema) -> bool {
    schema.get("properties").and_then(Value::as_object).is_some_and(|members| !members.is_empty())
}

/// All of them at once: the members of all.
fn join(parts: Vec<Schema>) -> Schema {
    let mut joined = Schema::new();
    for part in parts {
        for (name, value) in part {
            match (joined.get_mut(&name), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
                (Some(_), _) => {}
                (None, value) => drop(joined.insert(name, value)),
            }
        }
    }
    joined
}

/// Any of them: an object has the members of all, and requires what all require; a word is one of all words.
fn unite(mut parts: Vec<Schema>) -> Schema {
    let Some(first) = parts.first().cloned() else { return Schema::new() };
    if parts.iter().all(|part| *part == first) {
        return first;
    }
    parts.iter_mut().for_each(explain_constant);
    let mut united = Schema::new();
    for name in ["type", "format"] {
        let same = first.get(name).filter(|value| parts.iter().all(|part| part.get(name) == Some(value)));
        united.extend(same.map(|value| (name.to_owned(), value.clone())));
    }
    let lists = |name: &str| parts.iter().map(|part| part.get(name)?.as_array()).collect::<Option<Vec<_>>>();
    if let Some(words) = lists("enum") {
        united.insert("enum".to_owned(), distinct(words.into_iter().flatten()).into_iter().cloned().collect());
    }
    if let Some(required) = lists("required") {
        let by_all = |name: &&Value| required.iter().all(|names| names.contains(name));
        let names = required.first().into_iter().copied().flatten().filter(by_all);
        united.insert("required".to_owned(), names.cloned().collect());
    }
    let texts = parts.iter().filter_map(|part| part.get("description")?.as_str());
    let lines = distinct(texts.flat_map(str::lines)).join("\n");
    if !lines.is_empty() {
        united.insert("description".to_owned(), lines.into());
    }
    let mut members: BTreeMap<&str, Vec<Schema>> = BTreeMap::new();
    for (name, member) in parts.iter().filter_map(|part| part.get("properties")?.as_object()).flatten() {
        members.entry(name).or_default().extend(member.as_object().cloned());
    }
    if !members.is_empty() {
        let members = members.into_iter().map(|(name, parts)| (name.to_owned(), Value::Object(unite(parts))));
        united.insert("properties".to_owned(), Value::Object(members.collect()));
    }
    united
}

/// The description of an alternative goes to the constant by which it is recognized.
fn explain_constant(alternative: &mut Schema) {
    let Some(Value::String(meaning)) = alternative.get("description").cloned() else { return };
    let members = alternative.get_mut("properties").and_then(Value::as_object_mut);
    for member in members.into_iter().flat_map(|members| members.values_mut()) {
        if let Some([Value::String(word)]) = member["enum"].as_array().map(Vec::as_slice) {
            member["description"] = format!("- `{word}`: {meaning}").into();
            alternative.remove("description");
            return;
        }
    }
}

fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut known = Vec::new();
    for value in values {
        if !known.contains(&value) {
            known.push(value);
        }
    }
    known
}

fn allow_null(schema: &mut Schema) {
    if let Some(kind) = schema.get_mut("type").filter(|kind| kind.is_string()) {
        *kind = json!([kind, "null"]);
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
}

fn forbid_null(schema: &mut Value) {
    if let Some([kind, _]) = schema["type"].as_array().map(Vec::as_slice) {
        schema["type"] = kind.clone();
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
}
