//! Shows that a plan whose price fell is not paid back: the lower price begins with the next period.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::learner::Learner;

/// A learner of Premium who pays another price for it than the catalog's. Returns the subscription.
async fn subscribe_for(app: &TestApp, learner: &Learner, amount: &str) -> String {
    let id = learner.subscribe(premium()).await;
    let item = app.subscription_at_stripe(&id).await["items"]["data"][0].clone();
    let form = [
        ("product", item["price"]["product"].as_str().unwrap()),
        ("currency", "usd"),
        ("unit_amount", amount),
        ("recurring[interval]", "month"),
    ];
    let price = app.stripe_post("/v1/prices", &form).await;
    let form = [
        ("items[0][id]", item["id"].as_str().unwrap()),
        ("items[0][price]", price["id"].as_str().unwrap()),
        ("proration_behavior", "none"),
    ];
    app.update_subscription(&id, &form).await;
    id
}

#[tokio::test]
async fn the_same_plan_at_a_lower_price_begins_with_the_next_period() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = subscribe_for(&app, &ada, "2900").await;
    let changed = ada.change_plan(json!({"plan_id": "premium"})).await;
    let scheduled = &changed["scheduled_change"];
    assert_eq!((&scheduled["plan"], &scheduled["at"]), (&json!("premium"), &changed["current_period_end"]));
    assert_eq!(changed["next_invoice_amount"], 1_900);
    let customer = app.subscription_at_stripe(&id).await["customer"].as_str().unwrap().to_owned();
    assert_eq!(app.stripe_get(&format!("/v1/customers/{customer}")).await["balance"], 0);
}

#[tokio::test]
async fn a_higher_plan_that_costs_less_than_is_paid_now_begins_with_the_next_period() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    subscribe_for(&app, &ada, "4900").await;
    let changed = ada.change_plan(json!({"plan_id": "plus"})).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]["plan"]), (&json!("premium"), &json!("plus")));
}

#[tokio::test]
async fn the_same_plan_at_a_higher_price_is_charged_at_once() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    subscribe_for(&app, &ada, "900").await;
    let changed = ada.change_plan(json!({"plan_id": "premium"})).await;
    assert_eq!(changed["scheduled_change"], Value::Null, "{changed}");
    assert_eq!(changed["next_invoice_amount"], 1_900);
}
