//! Metrics, as log lines in CloudWatch's embedded metric format: no call, no agent.
//! See <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::{Access, MeterId};

const NAMESPACE: &str = "Tuition";

/// Only Lambda's log reader understands these lines; elsewhere they would be noise.
static ENABLED: AtomicBool = AtomicBool::new(false);

/// Starts writing metrics to standard output.
pub(crate) fn enable() {
    ENABLED.store(true, Ordering::Relaxed);
}

/// An event of Stripe's was answered. `outcome` is the dimension, `kind` (its type) can be searched for.
pub fn webhook_event(outcome: &'static str, kind: &str) {
    emit(&[("Outcome", outcome)], &[("Type", kind)], "WebhookEvents", "Count", 1);
}

/// An event was applied this long after it happened, in milliseconds; Stripe tells whole seconds.
pub fn fulfilment_latency(millis: i64) {
    emit(&[], &[], "FulfilmentLatency", "Milliseconds", millis.max(0));
}

/// A hosted payment page was opened.
pub fn checkout_created() {
    emit(&[], &[], "CheckoutCreated", "Count", 1);
}

/// Somebody stood before a course, and was let in or not.
pub fn access_checked(access: &Access) {
    let name = if access.is_allowed() { "AccessAllowed" } else { "AccessDenied" };
    emit(&[], &[], name, "Count", 1);
}

/// A learner wanted more of a meter than the plan allows.
pub fn limit_reached(meter: &MeterId) {
    emit(&[], &[("Meter", meter.as_str())], "LimitReached", "Count", 1);
}

fn emit(dimensions: &[(&str, &str)], properties: &[(&str, &str)], name: &str, unit: &str, value: i64) {
    if ENABLED.load(Ordering::Relaxed) {
        println!("{}", line(Timestamp::now(), dimensions, properties, name, unit, value));
    }
}

fn line(
    at: Timestamp,
    dimensions: &[(&str, &str)],
    properties: &[(&str, &str)],
    name: &str,
    unit: &str,
    value: i64,
) -> Value {
    let keys: Vec<&str> = dimensions.iter().map(|(key, _)| *key).collect();
    let directive = json!({
        "Namespace": NAMESPACE,
        "Dimensions": [keys],
        "Metrics": [{"Name": name, "Unit": unit}],
    });
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive]}));
    line.insert(name.to_owned(), json!(value));
    for (key, text) in dimensions.iter().chain(properties) {
        line.insert((*key).to_owned(), json!(text));
    }
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let at = Timestamp::from_millisecond(1_790_000_000_123).unwrap();
        let written = line(at, &[("Outcome", "applied")], &[("Type", "charge.refunded")], "WebhookEvents", "Count", 1);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_790_000_000_123_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Tuition",
                    "Dimensions": [["Outcome"]],
                    "Metrics": [{"Name": "WebhookEvents", "Unit": "Count"}],
                }],
            },
            "Outcome": "applied",
            "Type": "charge.refunded",
            "WebhookEvents": 1,
        });
        assert_eq!(written, expected);
    }
}
