//! The document as text, in an order that people read in.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// What comes first in an object. Some generators know only the first content type of a response, and a problem says most. All else follows by its name.
const FIRST: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "tags",
    "paths",
    "components",
    "operationId",
    "title",
    "name",
    "in",
    "url",
    "summary",
    "type",
    "required",
    "description",
    "parameters",
    "requestBody",
    "responses",
    "headers",
    "content",
    "application/problem+json",
    "$ref",
];

/// The document as it is kept: indented, with a line break at its end.
pub fn render(document: &Value) -> String {
    // Maps with text keys can always be written.
    format!("{}\n", serde_json::to_string_pretty(&Ordered(document)).unwrap_or_default())
}

struct Ordered<'a>(&'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                let mut names: Vec<&String> = members.keys().collect();
                names.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
                for name in names {
                    match (name.as_str(), &members[name]) {
                        ("properties", Value::Object(properties)) => {
                            map.serialize_entry(name, &Properties(properties, members.get("required")))?;
                        }
                        ("example", example) => map.serialize_entry(name, example)?,
                        (_, value) => map.serialize_entry(name, &Ordered(value))?,
                    }
                }
                map.end()
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            other => other.serialize(serializer),
        }
    }
}

/// The members of a type in the order of the code, which only `required` has kept.
struct Properties<'a>(&'a Map<String, Value>, Option<&'a Value>);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let required = self.1.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let place = |name: &str| required.iter().position(|required| required == name).unwrap_or(required.len());
        let mut members: Vec<(&String, &Value)> = self.0.iter().collect();
        members.sort_by_key(|(name, _)| place(name));
        serializer.collect_map(members.into_iter().map(|(name, schema)| (name, Ordered(schema))))
    }
}
