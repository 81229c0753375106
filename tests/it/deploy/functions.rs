//! Shows that the template deploys the functions, their routes and the table as the code has them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::http::route::{Auth, REQUEST_TIMEOUT, Route};

use super::template::{FUNCTIONS, functions, template};
use crate::support::app::TestApp;

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
fn the_deployed_routes_and_their_authorization_are_those_of_the_code() {
    fn of<S>(routes: Vec<Route<S>>) -> impl Iterator<Item = (String, bool)> {
        routes.into_iter().map(|route| (route.spec.key(), route.spec.auth == Auth::SignedIn))
    }
    let coded = of(admin::routes())
        .chain(of(billing::routes()))
        .chain(of(checkout::routes()))
        .chain(of(courses::routes()))
        .chain(of(entitlements::routes()))
        .chain(of(mcp::routes()))
        .chain(of(referrals::routes()));
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
fn the_routes_that_call_stripe_have_throttles_of_their_own() {
    fn keys<S>(routes: Vec<Route<S>>) -> BTreeSet<String> {
        routes.into_iter().map(|route| route.spec.key()).collect()
    }
    let template = template();
    let throttled = template["Resources"]["Api"]["Properties"]["RouteSettings"].as_object().unwrap();
    let throttled: BTreeSet<String> = throttled.keys().cloned().collect();
    let ask_stripe = &(&keys(checkout::routes()) | &keys(billing::routes())) | &keys(admin::routes());
    let others = &(&keys(courses::routes()) | &keys(entitlements::routes())) | &keys(mcp::routes());
    let others = &others | &keys(referrals::routes());
    let known = &ask_stripe | &others;
    assert_eq!(&throttled - &known, BTreeSet::new());
    let from_the_table = [
        "DELETE /billing/refund-requests/{id}",
        "GET /admin/refund-requests",
        "GET /admin/refund-requests/{id}",
        "GET /billing/invoices",
        "GET /billing/payments",
        "GET /billing/refund-requests",
        "POST /admin/refund-requests/{id}/reject",
    ];
    assert_eq!(&ask_stripe - &throttled, from_the_table.map(str::to_owned).into());
}

#[test]
fn what_anybody_can_call_has_throttles_of_its_own() {
    fn public<S>(routes: Vec<Route<S>>) -> Vec<String> {
        let routes = routes.into_iter().filter(|route| route.spec.auth == Auth::Public);
        routes.map(|route| route.spec.key()).collect()
    }
    let template = template();
    let throttled = &template["Resources"]["Api"]["Properties"]["RouteSettings"];
    let usual = &template["Resources"]["Api"]["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"];
    let routes = [public(courses::routes()), public(mcp::routes()), public(referrals::routes())].concat();
    assert_eq!(routes.len(), 5, "{routes:?}");
    for route in routes {
        let limit = throttled[&route]["ThrottlingRateLimit"].as_u64().unwrap_or_default();
        assert!((1..usual.as_u64().unwrap()).contains(&limit), "{route}: {limit}");
    }
}

#[test]
fn the_timeout_of_every_function_is_longer_than_its_own_deadline() {
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
fn only_the_webhook_has_a_function_url() {
    let template = template();
    for (name, function) in functions(&template) {
        let events = function["Events"].as_object().into_iter().flat_map(|events| events.values());
        let has_routes = events.into_iter().any(|event| event["Type"] == "HttpApi");
        let is_public = !["Reconcile", "Webhook"].contains(&name);
        assert_eq!((function.get("FunctionUrlConfig").is_some(), has_routes), (name == "Webhook", is_public), "{name}");
    }
}

#[tokio::test]
async fn the_deployed_table_has_the_keys_and_indexes_of_the_store() {
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
