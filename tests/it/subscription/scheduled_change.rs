//! Shows that a lower plan, or a shorter interval, takes effect at the end of the period that is paid for, without a credit.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME};
use crate::support::fault_proxy::Fault;
use crate::support::time::{DAY, MINUTE};

/// A course that Plus has, and Premium has not.
const TRACK: &str = "ai-engineer-track";

/// A checkout of the plan without a trial.
fn plan(id: &str) -> Value {
    json!({"plan_id": id, "trial_days": 0})
}

/// A change to the plan.
fn to(id: &str) -> Value {
    json!({"plan_id": id})
}

#[tokio::test]
async fn a_downgrade_takes_effect_at_the_period_end_and_gives_no_credit() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(plan("plus")).await;
    app.advance(10 * DAY).await;
    let preview = ada.post(PREVIEW, to("premium")).await.expect(200);
    let end = ada.subscription().await["current_period_end"].clone();
    assert_eq!((&preview["amount_due"], &preview["total"], &preview["takes_effect_at"]), (&json!(0), &json!(0), &end));

    let changed = ada.change_plan(to("premium")).await;
    assert_eq!(changed["scheduled_change"], json!({"plan": "premium", "interval": "month", "at": end}));
    assert_eq!((&changed["plan"], &changed["next_invoice_amount"]), (&json!("plus"), &json!(1_900)));
    assert_eq!(ada.access(TRACK).await["has_access"], true, "it is paid for");
    assert_eq!(ada.change_plan(to("premium")).await, changed, "asking again");

    app.advance(32 * DAY).await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["plan"], &shown["scheduled_change"]), (&json!("premium"), &Value::Null));
    assert_eq!(ada.access(TRACK).await["has_access"], false);
    let newest = app.invoices_at_stripe(&id).await.remove(0);
    assert_eq!((&newest["amount_paid"], &newest["billing_reason"]), (&json!(1_900), &json!("subscription_cycle")));
    assert_eq!(app.schedules_at_stripe("active").await, [] as [Value; 0], "the schedule has ended");
    ada.change_plan(to("plus")).await;
    assert_eq!(app.failures().await, []);
}

/// Otherwise Plus could be used for an hour and the whole difference would be given back.
#[tokio::test]
async fn an_upgrade_and_a_downgrade_soon_after_give_no_credit() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(plan("premium")).await;
    let first = ada.post(PREVIEW, to("plus")).await.expect(200);
    app.advance(MINUTE).await;
    let mut request = to("plus");
    request["proration_date"] = first["proration_date"].clone();
    ada.change_plan(&request).await;
    app.advance(54 * MINUTE).await;

    let mut back = to("premium");
    back["proration_date"] = first["proration_date"].clone();
    let changed = ada.change_plan(&back).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]["plan"]), (&json!("plus"), &json!("premium")));
    let customer = app.subscription_at_stripe(&id).await["customer"].as_str().unwrap().to_owned();
    let customer = app.stripe_get(&format!("/v1/customers/{customer}")).await;
    assert_eq!(customer["balance"], 0);

    // Up again, with a date at which it was still Premium.
    let mut year = json!({"plan_id": "plus", "interval": "year"});
    year["proration_date"] = first["proration_date"].clone();
    ada.post(CHANGE, &year).await.expect_problem(409, "preview_expired");
}

#[tokio::test]
async fn a_shorter_interval_waits_for_the_period_end_and_a_longer_one_does_not() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(json!({"plan_id": "premium", "interval": "year", "trial_days": 0})).await;
    let month = json!({"plan_id": "plus", "interval": "month"});
    let changed = ada.change_plan(&month).await;
    assert_eq!((&changed["plan"], &changed["interval"]), (&json!("premium"), &json!("year")));
    assert_eq!(changed["scheduled_change"]["interval"], "month");
    app.advance(370 * DAY).await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["plan"], &shown["interval"]), (&json!("plus"), &json!("month")));
    let longer = ada.change_plan(json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!((&longer["interval"], &longer["scheduled_change"]), (&json!("year"), &Value::Null));
}

#[tokio::test]
async fn a_scheduled_change_can_be_taken_back_and_replaced() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "plus", "interval": "year", "trial_days": 0})).await;
    let has_none = |shown: &Value| assert_eq!(shown["scheduled_change"], Value::Null, "{shown}");

    ada.change_plan(json!({"plan_id": "premium", "interval": "year"})).await;
    has_none(&ada.post(RESUME, json!({})).await.expect(200));
    ada.change_plan(json!({"plan_id": "premium", "interval": "year"})).await;
    has_none(&ada.change_plan(json!({"plan_id": "plus", "interval": "year"})).await);
    assert_eq!(ada.post(RESUME, json!({})).await.code(), "not_canceling");

    // Another change replaces it.
    ada.change_plan(json!({"plan_id": "premium", "interval": "year"})).await;
    let changed = ada.change_plan(json!({"plan_id": "premium", "interval": "month"})).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]["interval"]), (&json!("plus"), &json!("month")));
    assert_eq!(app.schedules_at_stripe("active").await.len(), 1);

    // So does a cancellation, which can be taken back itself.
    let canceled = ada.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(canceled["cancel_at_period_end"], true);
    has_none(&canceled);
    ada.post(CHANGE, json!({"plan_id": "premium", "interval": "month"}))
        .await
        .expect_problem(409, "subscription_ending");
    ada.post(RESUME, json!({})).await.expect(200);

    ada.change_plan(json!({"plan_id": "premium", "interval": "month"})).await;
    let ended = ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
    assert_eq!(ended["status"], "canceled");
    has_none(&ended);
    assert_eq!(app.subscription_at_stripe(&id).await["schedule"], Value::Null);
    app.settle().await;
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn an_upgrade_replaces_a_scheduled_change() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(json!({"plan_id": "premium", "interval": "year", "trial_days": 0})).await;
    ada.change_plan(json!({"plan_id": "premium", "interval": "month"})).await;
    let changed = ada.change_plan(json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]), (&json!("plus"), &Value::Null));
    app.settle().await;
    assert_eq!(app.schedules_at_stripe("active").await.len(), 0);
}

#[tokio::test]
async fn a_change_that_is_charged_at_once_needs_a_card() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(plan("premium")).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    let debit = app.last_event("payment_intent.processing").await;
    app.test_action(&format!("bank_debits/{}/succeed", debit["data"]["object"]["id"].as_str().unwrap())).await;
    for route in [CHANGE, PREVIEW] {
        let refused = ada.post(route, to("plus")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "card_required"), "{route}");
    }
    let id = app.subscription_of(&checkout).await;
    app.set_card(&id, "visa").await;
    assert_eq!(ada.change_plan(to("plus")).await["plan"], "plus");
}

/// A schedule takes two calls. After a crash in between, the same request completes it; without one, the next event releases it.
#[tokio::test]
async fn an_incomplete_schedule_is_completed_or_released() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, bob) = (app.as_learner("ada").await, app.as_learner("bob").await);
    for learner in [&ada, &bob] {
        learner.subscribe(plan("plus")).await;
        stripe.reset();
        // The subscription, disputes and refunds are fetched, and the item; then comes the first of the two.
        stripe.inject(Fault::CrashAfter(5));
        learner.post(CHANGE, to("premium")).await.expect_problem(503, "stripe_unavailable");
        stripe.reset();
        app.settle().await;
    }
    assert_eq!(app.schedules_at_stripe("active").await.len(), 2);
    let shown = bob.subscription().await;
    assert_eq!(shown["scheduled_change"], Value::Null, "{shown}");
    let changed = ada.change_plan(to("premium")).await;
    assert_eq!(changed["scheduled_change"]["plan"], "premium");

    app.advance(DAY).await;
    let bobs = bob.subscription().await["subscription_id"].as_str().unwrap().to_owned();
    app.update_subscription(&bobs, &[("metadata[a]", "b")]).await;
    assert_eq!(app.subscription_at_stripe(&bobs).await["schedule"], Value::Null);
    app.settle().await;
    let left = app.schedules_at_stripe("active").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["phases"].as_array().unwrap().len(), 2, "the one that changes something stays");
}

#[tokio::test]
async fn a_schedule_made_in_the_dashboard_is_shown_and_can_be_taken_back() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(plan("premium")).await;
    let form = [("from_subscription", id.as_str())];
    let made = app.stripe_post("/v1/subscription_schedules", &form).await;
    let plus = app.price_at_stripe("plus_month_usd").await;
    let (now, next) = (&made["phases"][0]["items"][0]["price"], &plus["id"]);
    let ends = made["phases"][0]["end_date"].to_string();
    let form = [
        ("phases[0][items][0][price]", now.as_str().unwrap()),
        ("phases[0][end_date]", &ends),
        ("phases[1][items][0][price]", next.as_str().unwrap()),
        ("phases[1][duration][interval]", "month"),
    ];
    let path = format!("/v1/subscription_schedules/{}", made["id"].as_str().unwrap());
    app.stripe_post(&path, &form).await;
    app.settle().await;
    assert_eq!(ada.subscription().await["scheduled_change"]["plan"], "plus");
    let resumed = ada.post(RESUME, json!({})).await.expect(200);
    assert_eq!(resumed["scheduled_change"], Value::Null);
    assert_eq!(app.subscription_at_stripe(&id).await["schedule"], Value::Null);
}

#[tokio::test]
async fn stripe_refuses_changes_past_the_schedule() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(plan("plus")).await;
    ada.change_plan(to("premium")).await;
    let path = format!("/v1/subscriptions/{id}");
    let item = app.subscription_at_stripe(&id).await["items"]["data"][0]["id"].as_str().unwrap().to_owned();
    for form in [
        [("cancel_at_period_end", "true"), ("metadata[a]", "b")],
        [("items[0][id]", item.as_str()), ("items[0][quantity]", "2")],
    ] {
        let refused = app.stripe_request(Method::POST, &path, &form).await.expect(400);
        assert!(refused["error"]["message"].as_str().unwrap().contains("managed by the subscription schedule"));
    }
    let again = [("from_subscription", id.as_str())];
    app.stripe_request(Method::POST, "/v1/subscription_schedules", &again).await.expect(400);
}

#[tokio::test]
async fn a_schedule_changes_the_price_of_the_plan_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(plan("plus")).await;
    ada.change_plan(to("premium")).await;
    let schedule = app.schedules_at_stripe("active").await.remove(0);
    let prices = |phase: usize| schedule["phases"][phase]["items"].as_array().unwrap().len();
    assert_eq!((prices(0), prices(1)), (1, 1));
    assert_ne!(schedule["phases"][0]["items"][0]["price"], schedule["phases"][1]["items"][0]["price"]);
}

#[tokio::test]
async fn a_subscription_that_is_not_collected_or_ends_soon_cannot_be_upgraded() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(plan("premium")).await;
    app.update_subscription(&id, &[("pause_collection[behavior]", "void")]).await;
    ada.post(CHANGE, to("plus")).await.expect_problem(409, "payment_problem");
    app.update_subscription(&id, &[("pause_collection", "")]).await;

    // A year must not be paid for what ends in days.
    let end = app.subscription_at_stripe(&id).await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    app.update_subscription(&id, &[("cancel_at", &(end - 86_400).to_string())]).await;
    ada.post(CHANGE, json!({"plan_id": "plus", "interval": "year"})).await.expect_problem(409, "subscription_ending");
}
