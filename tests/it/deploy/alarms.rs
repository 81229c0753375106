//! Shows that every metric of ours is on the dashboard or under an alarm.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::template::{FUNCTIONS, template};

/// The metrics of a dashboard's widgets: namespace, name, dimension, value, ..
fn shown(template: &Value) -> Vec<Vec<String>> {
    let body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let widgets = body["widgets"].as_array().unwrap().iter();
    let metrics = widgets.flat_map(|widget| widget["properties"]["metrics"].as_array().cloned().unwrap_or_default());
    let words =
        |metric: Value| metric.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect();
    metrics.map(words).collect()
}

/// The same of an alarm.
fn watched(alarm: &Value) -> Vec<Vec<String>> {
    let direct = std::iter::once(alarm).filter(|alarm| alarm["MetricName"].is_string());
    let metrics = alarm["Metrics"].as_array().into_iter().flatten().map(|metric| &metric["MetricStat"]["Metric"]);
    let metrics = direct.chain(metrics.filter(|metric| metric.is_object()));
    let words = |metric: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let dimensions = metric["Dimensions"].as_array().unwrap().iter();
        let dimensions = dimensions.flat_map(|one| [text(&one["Name"]), format!("${{{}}}", text(&one["Value"]))]);
        [text(&metric["Namespace"]), text(&metric["MetricName"])].into_iter().chain(dimensions).collect()
    };
    metrics.map(words).collect()
}

#[test]
fn every_metric_of_ours_is_watched_by_function_name() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let alarms = resources.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let alarms = alarms.flat_map(|alarm| watched(&alarm["Properties"]));
    let ours = |metric: &Vec<String>| metric[0] == "Tuition";
    let seen: Vec<Vec<String>> = shown(&template).into_iter().chain(alarms).filter(ours).collect();
    for metric in &seen {
        assert_eq!(metric[2], "FunctionName", "other stacks of the account would be counted, too: {metric:?}");
        let function = metric[3].strip_prefix("${").and_then(|name| name.strip_suffix('}'));
        assert!(function.is_some_and(|function| FUNCTIONS.contains(&function)), "{metric:?}");
    }
    let written = include_str!("../../../shared/src/metrics.rs").split("{ name: \"").skip(1);
    let written: BTreeSet<&str> = written.map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(seen.iter().map(|metric| metric[1].as_str()).collect::<BTreeSet<_>>(), written);
}

#[test]
fn the_documented_number_of_alarm_metrics_is_right() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let alarms = resources.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let metrics: usize = alarms.map(|alarm| watched(&alarm["Properties"]).len()).sum();
    assert!(
        include_str!("../../../docs/deploy.md").contains(&format!("| {metrics} metrics are under alarm |")),
        "{metrics}"
    );
}

#[test]
fn every_function_that_fails_or_is_throttled_raises_an_alarm_and_is_on_the_dashboard() {
    let template = template();
    let shown = shown(&template);
    for (alarm, metric) in [("FunctionsFail", "Errors"), ("FunctionsThrottled", "Throttles")] {
        let watched = watched(&template["Resources"][alarm]["Properties"]);
        for function in FUNCTIONS {
            let wanted =
                ["AWS/Lambda", metric, "FunctionName", &format!("${{{function}}}")].map(str::to_owned).to_vec();
            assert!(watched.contains(&wanted), "{alarm} lacks {function}");
            assert!(shown.contains(&wanted), "the dashboard lacks {function}'s {metric}");
        }
    }
}

#[test]
fn the_alarm_of_the_error_queue_stays_until_the_queue_is_seen_empty() {
    let template = template();
    let alarm = &template["Resources"]["EventsWait"]["Properties"];
    let metrics = alarm["Metrics"].as_array().unwrap();
    assert_eq!(metrics[0]["Expression"], "MAX([filled, kept]) - MAX([empty, emptied])");
    for (id, name, function) in [
        ("filled", "ErrorQueueFilled", "Webhook"),
        ("empty", "ErrorQueueEmpty", "Webhook"),
        ("kept", "ErrorQueueFilled", "Reconcile"),
        ("emptied", "ErrorQueueEmpty", "Reconcile"),
    ] {
        let metric = &metrics.iter().find(|metric| metric["Id"] == id).unwrap()["MetricStat"];
        let found = (&metric["Stat"], &metric["Metric"]["MetricName"], &metric["Metric"]["Dimensions"][0]["Value"]);
        assert_eq!(found, (&json!("Maximum"), &json!(name), &json!(function)));
    }
    assert_eq!(alarm["TreatMissingData"], "ignore", "without data the alarm stays as it is");
}
