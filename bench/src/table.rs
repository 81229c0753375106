//! The functions' table, and its items as the SDK represents them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The functions' table, which the bare transactions write too.
pub(crate) const TABLE: &str = "tuition";

/// An item, as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A text attribute.
pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}
