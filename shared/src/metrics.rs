//! Metrics, as log lines in CloudWatch's embedded metric format: no call, no agent.
//! See <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//!
//! Every metric has the dimension `FunctionName`, as Lambda's own do: it tells the stacks of an account apart.

use std::sync::OnceLock;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::{Access, MeterId};

const NAMESPACE: &str = "Tuition";

/// A metric as CloudWatch knows it.
struct Metric {
    name: &'static str,
    unit: &'static str,
}

const WEBHOOK_EVENTS: Metric = Metric { name: "WebhookEvents", unit: "Count" };
const FULFILMENT_LATENCY: Metric = Metric { name: "FulfilmentLatency", unit: "Milliseconds" };
const ERROR_QUEUE_FILLED_AT: Metric = Metric { name: "ErrorQueueFilled", unit: "Milliseconds" };
const ERROR_QUEUE_SEEN_EMPTY_AT: Metric = Metric { name: "ErrorQueueEmpty", unit: "Milliseconds" };
const RECONCILE_LAG: Metric = Metric { name: "ReconcileLag", unit: "Seconds" };
const EVENTS_RECONCILED: Metric = Metric { name: "EventsReconciled", unit: "Count" };
const DUPLICATE_PURCHASE: Metric = Metric { name: "DuplicatePurchase", unit: "Count" };
const PAID_AFTER_END: Metric = Metric { name: "PaidAfterEnd", unit: "Count" };
const CHECKOUT_CREATED: Metric = Metric { name: "CheckoutCreated", unit: "Count" };
const ACCESS_ALLOWED: Metric = Metric { name: "AccessAllowed", unit: "Count" };
const ACCESS_DENIED: Metric = Metric { name: "AccessDenied", unit: "Count" };
const LIMIT_REACHED: Metric = Metric { name: "LimitReached", unit: "Count" };

/// The function's name. Only Lambda's log reader understands these lines; elsewhere they would be noise.
static FUNCTION: OnceLock<String> = OnceLock::new();

/// Starts writing metrics to standard output, if this is a Lambda function: Lambda says which.
/// See <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
pub(crate) fn enable() {
    if let Ok(function) = std::env::var("AWS_LAMBDA_FUNCTION_NAME") {
        // A second call changes nothing.
        let _ = FUNCTION.set(function);
    }
}

/// An event of Stripe's was answered. `outcome` is a dimension; `kind` (its type) is not, as each of its values would cost
/// as much as a metric: the log has it, and the dashboard asks the log.
pub fn webhook_event(outcome: &'static str, kind: &str) {
    emit(Some(("Outcome", outcome)), Some(("Type", kind)), &[(&WEBHOOK_EVENTS, 1)]);
}

/// An event was applied this long after it happened, in milliseconds; Stripe's times are whole seconds.
pub fn fulfilment_latency(millis: i64) {
    emit(None, None, &[(&FULFILMENT_LATENCY, millis.max(0))]);
}

/// An entry of the error queue is open, as of `at`.
///
/// A metric has no latest value, only the greatest of a minute. So the queue's state is written as two times, always both:
/// when an event was added, and when the queue was seen empty. The greater one says whether it is empty.
pub fn error_queue_filled(at: Timestamp) {
    emit(None, None, &[(&ERROR_QUEUE_FILLED_AT, at.as_millisecond()), (&ERROR_QUEUE_SEEN_EMPTY_AT, 0)]);
}

/// No entry of the error queue was open at `at`, or later.
pub fn error_queue_empty(at: Timestamp) {
    emit(None, None, &[(&ERROR_QUEUE_FILLED_AT, 0), (&ERROR_QUEUE_SEEN_EMPTY_AT, at.as_millisecond())]);
}

/// Stripe's list of events was read up to `lag` seconds ago. `missed` events had not been delivered by
/// the webhook.
pub fn reconciled(lag: i64, missed: i64) {
    emit(None, None, &[(&RECONCILE_LAG, lag), (&EVENTS_RECONCILED, missed)]);
}

/// A learner has paid for the same twice.
pub fn duplicate_purchase() {
    emit(None, None, &[(&DUPLICATE_PURCHASE, 1)]);
}

/// An invoice was paid after its subscription had ended.
pub fn paid_after_end() {
    emit(None, None, &[(&PAID_AFTER_END, 1)]);
}

/// A hosted payment page was opened.
pub fn checkout_created() {
    emit(None, None, &[(&CHECKOUT_CREATED, 1)]);
}

/// Access to a course was checked.
pub fn access_checked(access: &Access) {
    let metric = if access.is_allowed() { &ACCESS_ALLOWED } else { &ACCESS_DENIED };
    emit(None, None, &[(metric, 1)]);
}

/// A learner wanted more of a meter than the plan allows.
pub fn limit_reached(meter: &MeterId) {
    emit(None, Some(("Meter", meter.as_str())), &[(&LIMIT_REACHED, 1)]);
}

type Label<'a> = (&'static str, &'a str);

fn emit(dimension: Option<Label<'_>>, property: Option<Label<'_>>, values: &[(&Metric, i64)]) {
    if let Some(function) = FUNCTION.get() {
        println!("{}", metric_line(Timestamp::now(), function, dimension, property, values));
    }
}

fn metric_line(
    at: Timestamp,
    function: &str,
    dimension: Option<Label<'_>>,
    property: Option<Label<'_>>,
    values: &[(&Metric, i64)],
) -> Value {
    let dimensions: Vec<Label<'_>> = [("FunctionName", function)].into_iter().chain(dimension).collect();
    let keys: Vec<&str> = dimensions.iter().map(|(key, _)| *key).collect();
    let metrics: Vec<Value> =
        values.iter().map(|(metric, _)| json!({"Name": metric.name, "Unit": metric.unit})).collect();
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": [keys], "Metrics": metrics});
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive]}));
    line.extend(values.iter().map(|(metric, value)| (metric.name.to_owned(), json!(value))));
    line.extend(dimensions.into_iter().chain(property).map(|(key, text)| (key.to_owned(), json!(text))));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let at = Timestamp::from_millisecond(1_790_000_000_123).unwrap();
        let (outcome, kind) = (Some(("Outcome", "applied")), Some(("Type", "charge.refunded")));
        let written = metric_line(at, "tuition-webhook", outcome, kind, &[(&WEBHOOK_EVENTS, 1)]);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_790_000_000_123_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Tuition",
                    "Dimensions": [["FunctionName", "Outcome"]],
                    "Metrics": [{"Name": "WebhookEvents", "Unit": "Count"}],
                }],
            },
            "FunctionName": "tuition-webhook",
            "Outcome": "applied",
            "Type": "charge.refunded",
            "WebhookEvents": 1,
        });
        assert_eq!(written, expected);
    }
}
