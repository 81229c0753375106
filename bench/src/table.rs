//! The functions' table, and its items as the SDK has them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// Where the bare transactions write: the functions' own table.
pub(crate) const TABLE: &str = "tuition";

/// An item, as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A text attribute.
pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}
