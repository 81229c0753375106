//! The parameters of one request. Reading a parameter removes it. Parameters that remain at the end are unknown, and
//! Stripe refuses those.

use serde_json::{Map, Value};

use crate::values::error::ApiError;

/// The parameters of a request, or of one hash. `prefix` is the hash's name in messages.
#[derive(Debug, Default)]
pub(crate) struct Params {
    prefix: String,
    fields: Map<String, Value>,
}

impl Params {
    /// The parameters of a whole request.
    pub(crate) fn new(fields: Map<String, Value>) -> Params {
        Params { prefix: String::new(), fields }
    }

    /// A hash without fields.
    pub(crate) fn empty_named(prefix: String) -> Params {
        Params { prefix, fields: Map::new() }
    }

    /// The names of the remaining parameters, for hashes whose keys are data.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.fields.keys().cloned().collect()
    }

    /// Whether no parameter remains.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether a parameter is present.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// Whether a parameter is exactly this text, such as `now` instead of a time.
    pub(crate) fn text_is(&self, field: &str, text: &str) -> bool {
        self.fields.get(field).is_some_and(|value| value == text)
    }

    /// Whether a parameter that may be a text or a hash is a text.
    pub(crate) fn is_text(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(Value::is_string)
    }

    /// The full name of a parameter, such as `line_items[0][price]`.
    pub(crate) fn full_name(&self, field: &str) -> String {
        if self.prefix.is_empty() { field.to_owned() } else { format!("{}[{field}]", self.prefix) }
    }

    /// Reads a text.
    pub(crate) fn text(&mut self, field: &str) -> Result<Option<String>, ApiError> {
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid(field, "Invalid string: a hash was given")),
        }
    }

    /// Reads a text that must be present and not empty.
    pub(crate) fn required_text(&mut self, field: &str) -> Result<String, ApiError> {
        match self.text(field)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(self.empty_error(field)),
            None => Err(ApiError::missing_param(&self.full_name(field))),
        }
    }

    /// Reads a text that can be unset: null for the empty string.
    pub(crate) fn nullable_text(&mut self, field: &str) -> Result<Option<Value>, ApiError> {
        let text = self.text(field)?;
        Ok(text.map(|text| if text.is_empty() { Value::Null } else { Value::String(text) }))
    }

    /// Reads an integer: an amount in minor units, a count or unix seconds.
    pub(crate) fn integer(&mut self, field: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let parsed = text.parse().map_err(|_| {
            self.invalid(field, &format!("Invalid integer: {text}")).with_code("parameter_invalid_integer")
        });
        parsed.map(Some)
    }

    /// Reads an amount in minor units, 0 or more.
    pub(crate) fn amount(&mut self, field: &str) -> Result<Option<i64>, ApiError> {
        let amount = self.integer(field)?;
        match amount {
            Some(amount) if amount < 0 => Err(self
                .invalid(field, "This value must be greater than or equal to 0.")
                .with_code("parameter_invalid_integer")),
            Some(amount) if amount > 99_999_999 => {
                Err(self.invalid(field, "Amount must be no more than 99999999").with_code("amount_too_large"))
            }
            amount => Ok(amount),
        }
    }

    /// Reads a boolean, `true` or `false`.
    pub(crate) fn flag(&mut self, field: &str) -> Result<Option<bool>, ApiError> {
        match self.text(field)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(self.invalid(field, &format!("Invalid boolean: {other}"))),
        }
    }

    /// Reads a text that must be one of `choices`.
    pub(crate) fn choice(&mut self, field: &str, choices: &[&str]) -> Result<Option<String>, ApiError> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        if choices.contains(&text.as_str()) {
            return Ok(Some(text));
        }
        let allowed = choices.join(", ");
        Err(self.invalid(field, &format!("Invalid {}: must be one of {allowed}", self.full_name(field))))
    }

    /// Reads a lower-case ISO currency.
    pub(crate) fn currency(&mut self, field: &str) -> Result<Option<String>, ApiError> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let currency = text.to_lowercase();
        if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Ok(Some(currency));
        }
        Err(self.invalid(field, &format!("Invalid currency: {text}.")))
    }

    /// Reads a hash of parameters.
    pub(crate) fn hash(&mut self, field: &str) -> Result<Option<Params>, ApiError> {
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Params { prefix: self.full_name(field), fields })),
            // An empty string unsets a hash.
            Some(Value::String(text)) if text.is_empty() => {
                Ok(Some(Params { prefix: self.full_name(field), fields: Map::new() }))
            }
            Some(_) => Err(self.invalid(field, "Invalid object")),
        }
    }

    /// Reads a list of hashes, in order.
    pub(crate) fn hashes(&mut self, field: &str) -> Result<Option<Vec<Params>>, ApiError> {
        let Some(mut list) = self.hash(field)? else {
            return Ok(None);
        };
        let indexes = list.indexes()?;
        let items: Result<Vec<_>, _> = indexes.iter().map(|index| list.hash(index)).collect();
        Ok(Some(items?.into_iter().flatten().collect()))
    }

    /// Reads a list of texts, in order.
    pub(crate) fn texts(&mut self, field: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(mut list) = self.hash(field)? else {
            return Ok(None);
        };
        let indexes = list.indexes()?;
        let items: Result<Vec<_>, _> = indexes.iter().map(|index| list.text(index)).collect();
        Ok(Some(items?.into_iter().flatten().collect()))
    }

    /// Reads a parameter as it is, without checks, such as an address.
    pub(crate) fn raw(&mut self, field: &str) -> Option<Value> {
        match self.fields.remove(field) {
            Some(Value::String(text)) if text.is_empty() => Some(Value::Null),
            other => other,
        }
    }

    /// Reads changes of `metadata` (<https://docs.stripe.com/api/metadata>): at most 50 keys of 40 characters, with
    /// values of at most 500.
    pub(crate) fn metadata(&mut self) -> Result<Option<Map<String, Value>>, ApiError> {
        let Some(Params { prefix, fields }) = self.hash("metadata")? else {
            return Ok(None);
        };
        let refuse = |message: String| ApiError::invalid_request(message).with_param(&prefix);
        if fields.len() > 50 {
            return Err(refuse("You can only specify up to 50 metadata keys.".to_owned()));
        }
        for (key, value) in &fields {
            let Value::String(value) = value else {
                return Err(refuse(format!("Metadata values must be strings, but {key} is a hash.")));
            };
            if key.chars().count() > 40 || value.chars().count() > 500 {
                let limits = "Metadata keys must be up to 40 characters long, values up to 500";
                return Err(refuse(format!("{limits}: {key}.")));
            }
        }
        Ok(Some(fields))
    }

    /// Removes parameters that Stripe accepts and that the stand-in ignores.
    pub(crate) fn ignore(&mut self, fields: &[&str]) {
        for field in fields {
            self.fields.remove(*field);
        }
    }

    /// Refuses the remaining, unknown parameters.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        match self.fields.keys().next() {
            Some(field) => Err(ApiError::unknown_param(&self.full_name(field))),
            None => Ok(()),
        }
    }

    /// An error about the parameter `field`.
    pub(crate) fn invalid(&self, field: &str, message: &str) -> ApiError {
        ApiError::invalid_request(message).with_param(&self.full_name(field))
    }

    fn empty_error(&self, field: &str) -> ApiError {
        let message = format!(
            "You passed an empty string for '{}'. We assume empty values are an attempt to unset a \
             parameter; however '{}' cannot be unset.",
            self.full_name(field),
            self.full_name(field)
        );
        self.invalid(field, &message).with_code("parameter_invalid_empty")
    }

    /// The keys of a list, `0`, `1`, ..., in numeric order.
    fn indexes(&self) -> Result<Vec<String>, ApiError> {
        let mut indexes = Vec::new();
        for key in self.fields.keys() {
            let index: usize =
                key.parse().map_err(|_| ApiError::invalid_request("Invalid array").with_param(&self.prefix))?;
            indexes.push((index, key.clone()));
        }
        indexes.sort_unstable();
        Ok(indexes.into_iter().map(|(_, key)| key).collect())
    }
}

/// Merges changes into metadata. An empty value deletes its key.
pub(crate) fn merge_metadata(current: &Value, changes: Map<String, Value>) -> Value {
    let mut metadata = current.as_object().cloned().unwrap_or_default();
    for (key, value) in changes {
        if value == "" {
            metadata.remove(&key);
        } else {
            metadata.insert(key, value);
        }
    }
    Value::Object(metadata)
}
