//! The state of an event's row: processed or failed.

use aws_sdk_dynamodb::types::AttributeValue;

use super::item::Item;

/// The attribute that says where an event stands.
pub(super) const STATE: &str = "state";
/// It was applied.
pub(super) const PROCESSED: &str = "processed";
/// It has to be applied again.
pub(super) const FAILED: &str = "failed";

/// Whether an event's row says that it failed.
pub(super) fn is_failed(row: &Item) -> bool {
    row.get(STATE) == Some(&AttributeValue::S(FAILED.to_owned()))
}
