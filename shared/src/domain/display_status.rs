//! The words of [`super::subscription::Subscription::display_status`], for the contract.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::subscription::{PAYMENT_PENDING, SubscriptionStatus};

/// A subscription's status as clients see it.
#[derive(Debug)]
pub struct DisplayStatus;

impl JsonSchema for DisplayStatus {
    fn schema_name() -> Cow<'static, str> {
        "SubscriptionDisplayStatus".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = [SubscriptionStatus::WORDS, &[PAYMENT_PENDING]].concat();
        let description = "Stripe's word, or `payment_pending` while the money for a period is on its way.";
        json_schema!({ "type": "string", "enum": words, "description": description })
    }
}
