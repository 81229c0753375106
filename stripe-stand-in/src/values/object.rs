//! A Stripe object as JSON. Stripe's objects have many fields that are mostly null, so they are built as JSON
//! literals and read through these accessors.

use serde_json::{Map, Value};

use crate::values::object_type::ObjectType;

/// The key of the hidden fields.
const HIDDEN: &str = "_stand_in";

/// A Stripe object: its public fields, and hidden fields of the stand-in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// Completes `fields` (a JSON object literal) with `id`, `object` and `livemode: false`.
    pub(crate) fn new(object_type: ObjectType, id: String, fields: Value) -> Object {
        let mut object = Object::from(fields);
        object.set("id", id);
        object.set("object", object_type.object_name());
        object.set("livemode", false);
        object
    }

    /// Parses a stored object.
    pub(crate) fn parse(text: &str) -> Result<Object, serde_json::Error> {
        serde_json::from_str(text).map(Object)
    }

    /// The JSON that is stored, with the hidden fields.
    pub(crate) fn to_stored_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The JSON that Stripe would show.
    pub(crate) fn to_public_json(&self) -> Value {
        let mut fields = self.0.clone();
        fields.remove(HIDDEN);
        Value::Object(fields)
    }

    /// The object's id.
    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    /// A field, `Null` when absent.
    pub(crate) fn get(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(&Value::Null)
    }

    /// A nested field by JSON pointer, `Null` when absent.
    pub(crate) fn pointer(&self, pointer: &str) -> &Value {
        let (first, rest) = match pointer.trim_start_matches('/').split_once('/') {
            Some((first, rest)) => (first, format!("/{rest}")),
            None => (pointer.trim_start_matches('/'), String::new()),
        };
        self.get(first).pointer(&rest).unwrap_or(&Value::Null)
    }

    /// A text field, empty when absent or null.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default()
    }

    /// A text field that may be null.
    pub(crate) fn opt_text(&self, field: &str) -> Option<&str> {
        self.get(field).as_str()
    }

    /// A number, such as an amount in minor units or unix seconds; 0 when absent.
    pub(crate) fn int(&self, field: &str) -> i64 {
        self.get(field).as_i64().unwrap_or_default()
    }

    /// A boolean, false when absent.
    pub(crate) fn flag(&self, field: &str) -> bool {
        self.get(field).as_bool().unwrap_or_default()
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.0.insert(field.to_owned(), value.into());
    }

    /// Sets a field if there is a value.
    pub(crate) fn set_if_some(&mut self, field: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(field, value);
        }
    }

    /// A hidden field, `Null` when absent.
    pub(crate) fn hidden(&self, field: &str) -> &Value {
        self.0.get(HIDDEN).and_then(|hidden| hidden.get(field)).unwrap_or(&Value::Null)
    }

    /// A hidden text field, empty when absent.
    pub(crate) fn hidden_text(&self, field: &str) -> &str {
        self.hidden(field).as_str().unwrap_or_default()
    }

    /// Sets a hidden field.
    pub(crate) fn set_hidden(&mut self, field: &str, value: impl Into<Value>) {
        let hidden = self.0.entry(HIDDEN).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(hidden) = hidden {
            hidden.insert(field.to_owned(), value.into());
        }
    }

    /// The fields that differ in `newer`, with their old values: Stripe's `previous_attributes`
    /// (<https://docs.stripe.com/api/events/object#event_object-data-previous_attributes>). Hashes are compared one
    /// level down, as Stripe does for metadata.
    pub(crate) fn previous_attributes(&self, newer: &Object) -> Map<String, Value> {
        let mut changed = Map::new();
        for (field, value) in newer.0.iter().filter(|(field, _)| *field != HIDDEN) {
            let old = self.get(field);
            match (old, value) {
                _ if old == value => {}
                (Value::Object(old), Value::Object(new)) => {
                    changed.insert(field.clone(), Value::Object(previous_values(old, new)));
                }
                _ => {
                    changed.insert(field.clone(), old.clone());
                }
            }
        }
        changed
    }
}

impl From<Value> for Object {
    fn from(value: Value) -> Object {
        match value {
            Value::Object(fields) => Object(fields),
            _ => Object(Map::new()),
        }
    }
}

/// Old values of the keys that differ. The old value of a new key is null.
fn previous_values(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
    keys.filter(|key| old.get(*key) != new.get(*key))
        .map(|key| (key.clone(), old.get(key).cloned().unwrap_or(Value::Null)))
        .collect()
}
