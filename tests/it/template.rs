//! What `template.yaml` deploys is what the code is: routes, keys, variables. Nothing else would notice a difference
//! before it is deployed.

use std::cell::RefCell;
use std::collections::BTreeSet;

use cli::webhook::{Parameter, Webhook};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use shared::config::{ConfigError, Lookup};
use shared::domain::{Grant, GrantId, GrantScope};
use shared::fulfil::events::HANDLED_EVENTS;
use shared::http::route::{Auth, REQUEST_TIMEOUT, Route};

use crate::support::app::TestApp;
use crate::support::parameter_store::ParameterStore;

const FUNCTIONS: [&str; 6] = ["Billing", "Checkout", "Courses", "Entitlements", "Reconcile", "Webhook"];

/// The template, with CloudFormation's functions (`!Sub`, `!Ref`, ..) reduced to their arguments.
fn template() -> Value {
    let yaml = include_str!("../../template.yaml");
    let mut plain = String::new();
    let mut rest = yaml;
    while let Some(start) = rest.find('!') {
        let (before, tag) = rest.split_at(start);
        plain.push_str(before);
        let word = tag[1..].find(|letter: char| !letter.is_ascii_alphanumeric()).map_or(tag.len(), |end| end + 1);
        let is_tag = before.ends_with([' ', '[', '\n']) && word > 1;
        if !is_tag {
            plain.push_str(&tag[..word]);
        }
        rest = &tag[word..];
    }
    plain.push_str(rest);
    serde_saphyr::from_str(&plain).unwrap()
}

fn functions(template: &Value) -> Vec<(&str, &Value)> {
    let resources = template["Resources"].as_object().unwrap().iter();
    let functions = resources.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    functions.map(|(name, resource)| (name.as_str(), &resource["Properties"])).collect()
}

#[test]
fn every_function_is_deployed_and_nothing_else() {
    let template = template();
    let names: Vec<&str> = functions(&template).iter().map(|(name, _)| *name).collect();
    assert_eq!(BTreeSet::from_iter(names), BTreeSet::from(FUNCTIONS));
    for name in FUNCTIONS {
        let binary = &template["Resources"][name]["Metadata"]["BuildProperties"]["Binary"];
        assert_eq!(binary, &json!(name.to_lowercase()));
        let folder = &template["Resources"][name]["Properties"]["CodeUri"];
        assert_eq!(
            folder,
            &json!(format!("functions/{}", name.to_lowercase())),
            "features of others would be built in"
        );
    }
}

#[test]
fn every_route_is_deployed_with_its_authorization_and_the_other_way_round() {
    fn of<S>(routes: Vec<Route<S>>) -> impl Iterator<Item = (String, bool)> {
        routes.into_iter().map(|route| (route.spec.key(), route.spec.auth == Auth::SignedIn))
    }
    let coded = of(billing::routes())
        .chain(of(checkout::routes()))
        .chain(of(courses::routes()))
        .chain(of(entitlements::routes()));
    let template = template();
    let default = &template["Resources"]["Api"]["Properties"]["Auth"]["DefaultAuthorizer"];
    assert_eq!(default, "Learners", "a route is for learners unless it says otherwise");
    let mut deployed = BTreeSet::new();
    for (_, function) in functions(&template) {
        let events = function["Events"].as_object().into_iter().flat_map(|events| events.values());
        for event in events.filter(|event| event["Type"] == "HttpApi") {
            let event = &event["Properties"];
            let key = format!("{} {}", event["Method"].as_str().unwrap(), event["Path"].as_str().unwrap());
            deployed.insert((key, event["Auth"]["Authorizer"] != "NONE"));
        }
    }
    assert_eq!(deployed, coded.collect());
}

#[test]
fn the_routes_that_ask_stripe_are_throttled_on_their_own_and_no_unknown_ones() {
    fn keys<S>(routes: Vec<Route<S>>) -> BTreeSet<String> {
        routes.into_iter().map(|route| route.spec.key()).collect()
    }
    let template = template();
    let throttled = template["Resources"]["Api"]["Properties"]["RouteSettings"].as_object().unwrap();
    let throttled: BTreeSet<String> = throttled.keys().cloned().collect();
    let ask_stripe = &keys(checkout::routes()) | &keys(billing::routes());
    let known = &(&ask_stripe | &keys(courses::routes())) | &keys(entitlements::routes());
    assert_eq!(&throttled - &known, BTreeSet::new());
    // The list of invoices comes from the table.
    assert_eq!(&ask_stripe - &throttled, BTreeSet::from(["GET /billing/invoices".to_owned()]));
}

#[test]
fn no_function_is_ended_before_it_has_given_up_itself() {
    let template = template();
    let usual = &template["Globals"]["Function"]["Timeout"];
    for (name, function) in functions(&template) {
        let timeout = function.get("Timeout").unwrap_or(usual).as_u64().unwrap();
        // Nobody waits for what a schedule calls.
        let (gives_up, most) = if name == "Reconcile" { (reconcile::MAX_RUN_TIME, 900) } else { (REQUEST_TIMEOUT, 30) };
        assert!(timeout > gives_up.as_secs() && timeout <= most, "{name}: {timeout} s");
    }
}

#[test]
fn the_webhook_is_behind_a_function_url_and_nowhere_else() {
    let template = template();
    for (name, function) in functions(&template) {
        let events = function["Events"].as_object().into_iter().flat_map(|events| events.values());
        let has_routes = events.into_iter().any(|event| event["Type"] == "HttpApi");
        let is_public = !["Reconcile", "Webhook"].contains(&name);
        assert_eq!((function.get("FunctionUrlConfig").is_some(), has_routes), (name == "Webhook", is_public), "{name}");
    }
}

#[tokio::test]
async fn the_table_is_the_stores() {
    let app = TestApp::start().await;
    let template = template();
    let deployed = &template["Resources"]["Table"]["Properties"];
    let store = app.context().store;
    let table = store.client().describe_table().table_name(store.table()).send().await.unwrap().table.unwrap();
    let keys = |schema: &[aws_sdk_dynamodb::types::KeySchemaElement]| {
        let key = |key: &aws_sdk_dynamodb::types::KeySchemaElement| json!({"AttributeName": key.attribute_name(), "KeyType": key.key_type().as_str()});
        Value::Array(schema.iter().map(key).collect())
    };
    assert_eq!(deployed["KeySchema"], keys(table.key_schema()));
    let index = &table.global_secondary_indexes()[0];
    let projection = index.projection().unwrap().projection_type().unwrap().as_str();
    let expected = json!([{
        "IndexName": index.index_name(),
        "KeySchema": keys(index.key_schema()),
        "Projection": {"ProjectionType": projection},
    }]);
    assert_eq!(deployed["GlobalSecondaryIndexes"], expected);
    let by_name = |mut list: Vec<Value>| {
        list.sort_by_key(|attribute| attribute["AttributeName"].to_string());
        list
    };
    let attributes = table.attribute_definitions().iter().map(|attribute| {
        json!({"AttributeName": attribute.attribute_name(), "AttributeType": attribute.attribute_type().as_str()})
    });
    let listed = deployed["AttributeDefinitions"].as_array().unwrap().clone();
    assert_eq!(by_name(listed), by_name(attributes.collect()));
    let ttl = store.client().describe_time_to_live().table_name(store.table()).send().await.unwrap();
    let ttl = ttl.time_to_live_description.unwrap();
    assert_eq!(deployed["TimeToLiveSpecification"]["AttributeName"], json!(ttl.attribute_name()));
    assert_eq!(deployed["BillingMode"], "PAY_PER_REQUEST");
}

/// The variables that a configuration asks for, with those of the sample where it insists.
fn read_by<T>(configure: impl Fn(&Lookup<'_>) -> Result<T, ConfigError>) -> BTreeSet<String> {
    let read = RefCell::new(BTreeSet::new());
    let find = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        let value = match name {
            "APP_ORIGINS" => "https://school.example",
            "STRIPE_SECRET_KEY" => "sk_test_1",
            "STRIPE_WEBHOOK_SECRET" => "whsec_1",
            _ => return None,
        };
        Some(value.to_owned())
    };
    configure(&Lookup::new(&find)).map(drop).unwrap();
    read.into_inner()
}

#[test]
fn every_variable_that_a_function_reads_is_set_and_listed_in_the_sample() {
    let template = template();
    let set_by = |place: &Value| -> BTreeSet<String> {
        let variables = place["Environment"]["Variables"].as_object();
        variables.into_iter().flat_map(|variables| variables.keys().cloned()).collect()
    };
    let everywhere = set_by(&template["Globals"]["Function"]);
    let sample = include_str!("../../.env.sample");
    for (name, read) in [
        ("Billing", read_by(billing::Config::from_lookup)),
        ("Checkout", read_by(checkout::Config::from_lookup)),
        ("Courses", read_by(courses::Config::from_lookup)),
        ("Entitlements", read_by(entitlements::Config::from_lookup)),
        ("Reconcile", read_by(reconcile::Config::from_lookup)),
        ("Webhook", read_by(webhook::Config::from_lookup)),
    ] {
        let own = set_by(&template["Resources"][name]["Properties"]);
        // The logs' level and where AWS is are read before everything else.
        let is_own = |name: &&String| *name != "RUST_LOG" && !name.starts_with("AWS_ENDPOINT_URL_");
        let set: BTreeSet<String> = own.union(&everywhere).filter(is_own).cloned().collect();
        assert_eq!(read, set, "{name}");
        for variable in read {
            // The local stack sets where its own Stripe is.
            let listed = variable == "STRIPE_API_BASE" || sample.contains(&format!("{variable}="));
            assert!(listed, "{variable} is not in .env.sample");
        }
    }
}

#[test]
fn every_parameter_is_explained_to_who_deploys_and_asked_for_in_a_group() {
    let template = template();
    let parameters: BTreeSet<&str> = template["Parameters"].as_object().unwrap().keys().map(String::as_str).collect();
    let settings = include_str!("../../docs/deploy.md").split("\n## ").find(|chapter| chapter.starts_with("Settings"));
    let rows = settings.unwrap().lines().filter(|line| line.starts_with("| `"));
    let names = rows.map(|row| row.split('|').nth(1).unwrap());
    let explained = names.flat_map(|names| names.split(',')).map(|name| name.trim().trim_matches('`'));
    assert_eq!(explained.collect::<BTreeSet<_>>(), parameters);

    let groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"].as_array().unwrap();
    let grouped = groups.iter().flat_map(|group| group["Parameters"].as_array().unwrap());
    assert_eq!(grouped.map(|name| name.as_str().unwrap()).collect::<BTreeSet<_>>(), parameters);
}

#[test]
fn no_function_can_write_what_makes_a_grant() {
    let (id, reason) = (GrantId::parse("g").unwrap(), String::new());
    let (scope, granted_by) = (GrantScope::Everything, "admin".to_owned());
    let grant = Grant { id, scope, granted_by, reason, since: Timestamp::UNIX_EPOCH, until: None };
    let grant = serde_json::to_value(grant).unwrap();
    let template = template();
    for name in FUNCTIONS {
        let statements = &template["Resources"][format!("{name}Role")]["Properties"]["Policies"][0];
        let statements = statements["PolicyDocument"]["Statement"].as_array().unwrap().iter();
        let on_table = statements.filter(|statement| statement["Resource"] == "Table.Arn");
        let denied = |statement: &&Value| statement["Effect"] == "Deny";
        let (denied, allowed): (Vec<&Value>, Vec<&Value>) = on_table.partition(denied);
        let writes = |statement: &&Value| statement["Action"].to_string().contains("PutItem");
        for statement in allowed.into_iter().filter(writes) {
            let only = &statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"];
            let never =
                denied.first().map(|denied| &denied["Condition"]["ForAnyValue:StringEquals"]["dynamodb:Attributes"]);
            match (only.as_array(), never.and_then(Value::as_array)) {
                // Who may write a few attributes lacks one that a grant cannot do without.
                (Some(only), _) => assert!(!only.contains(&json!("granted_by")), "{name}"),
                (None, Some(never)) => {
                    assert!(never.iter().all(|attribute| grant.get(attribute.as_str().unwrap()).is_some()), "{name}");
                    assert!(never.contains(&json!("granted_by")), "{name}: {never:?}");
                }
                (None, None) => panic!("{name} could write a grant"),
            }
        }
    }
    let mut without = grant;
    without.as_object_mut().unwrap().remove("granted_by");
    assert!(serde_json::from_value::<Grant>(without).is_err(), "an item without it is no grant");
}

#[test]
fn secrets_are_references_and_never_values() {
    let template = template();
    for (_, function) in functions(&template) {
        let variables = function["Environment"]["Variables"].as_object();
        for (name, value) in variables.into_iter().flatten() {
            if name.contains("SECRET") {
                assert!(value.as_str().unwrap().starts_with("ssm:${"), "{name}");
            }
        }
    }
}

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
fn every_metric_of_ours_is_watched_for_one_stack_and_no_other_is() {
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
    let written = include_str!("../../shared/src/metrics.rs").split("{ name: \"").skip(1);
    let written: BTreeSet<&str> = written.map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(seen.iter().map(|metric| metric[1].as_str()).collect::<BTreeSet<_>>(), written);
}

#[test]
fn what_the_alarms_cost_is_counted() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let alarms = resources.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    let metrics: usize = alarms.map(|alarm| watched(&alarm["Properties"]).len()).sum();
    assert!(
        include_str!("../../docs/deploy.md").contains(&format!("| {metrics} metrics are under alarm |")),
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
    assert_eq!(alarm["TreatMissingData"], "ignore", "silence says nothing about the queue");
}

#[tokio::test]
async fn the_deployed_endpoint_is_sent_every_event_that_we_handle() {
    let app = TestApp::start().await;
    let context = app.context();
    let (_, sdk) = ParameterStore::start().await;
    let (url, parameter) = ("http://127.0.0.1:9/", Parameter::new(&sdk, "/tuition/stripe-webhook-secret"));
    Webhook { stripe: &context.stripe, app: &context.app, url, parameter: &parameter }.create().await.unwrap();
    let list = app.stripe(Method::GET, "/v1/webhook_endpoints", &[]).await.expect(200);
    let sent: BTreeSet<&str> =
        list["data"][0]["enabled_events"].as_array().unwrap().iter().map(|event| event.as_str().unwrap()).collect();
    assert_eq!(sent, HANDLED_EVENTS.iter().map(|(event, _)| *event).collect());
}
