//! A lower plan, or a shorter interval, comes with the end of the period: what was paid for runs to its end, and nothing that
//! was used is given back.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Learner, TestApp};
use crate::support::fault_proxy::Fault;

const BILLING: &str = "/billing/subscription";
const CANCEL: &str = "/billing/subscription/cancel";
const RESUME: &str = "/billing/subscription/resume";
const CHANGE: &str = "/billing/subscription/change";
const PREVIEW: &str = "/billing/subscription/change/preview";
const TRACK: &str = "ai-engineer-track";
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MONTH: Duration = Duration::from_secs(32 * 24 * 60 * 60);

fn plan(id: &str) -> Value {
    json!({"plan_id": id, "trial_days": 0})
}

fn to(id: &str) -> Value {
    json!({"plan_id": id})
}

impl TestApp {
    async fn change(&self, learner: &Learner, wish: &Value) -> Value {
        self.post(learner, CHANGE, wish).await.expect(200)
    }

    async fn schedules(&self, status: &str) -> Vec<Value> {
        let all = self.stripe(Method::GET, "/v1/subscription_schedules", &[("limit", "100")]).await.expect(200);
        all["data"].as_array().unwrap().iter().filter(|schedule| schedule["status"] == status).cloned().collect()
    }
}

#[tokio::test]
async fn a_downgrade_comes_with_the_end_of_the_period_and_leaves_no_credit() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &plan("plus")).await;
    app.advance(10 * DAY).await;
    let preview = app.post(&ada, PREVIEW, &to("premium")).await.expect(200);
    let end = app.get(&ada, BILLING).await.expect(200)["current_period_end"].clone();
    assert_eq!((&preview["amount_due"], &preview["total"], &preview["takes_effect_at"]), (&json!(0), &json!(0), &end));

    let changed = app.change(&ada, &to("premium")).await;
    assert_eq!(changed["scheduled_change"], json!({"plan": "premium", "interval": "month", "at": end}));
    assert_eq!((&changed["plan"], &changed["next_invoice_amount"]), (&json!("plus"), &json!(1_900)));
    assert_eq!(app.access(&ada, TRACK).await["has_access"], true, "it is paid for");
    assert_eq!(app.change(&ada, &to("premium")).await, changed, "asking again");

    app.advance(MONTH).await;
    let shown = app.get(&ada, BILLING).await.expect(200);
    assert_eq!((&shown["plan"], &shown["scheduled_change"]), (&json!("premium"), &Value::Null));
    assert_eq!(app.access(&ada, TRACK).await["has_access"], false);
    let newest = app.stripe(Method::GET, "/v1/invoices", &[("subscription", &id)]).await.expect(200)["data"][0].clone();
    assert_eq!((&newest["amount_paid"], &newest["billing_reason"]), (&json!(1_900), &json!("subscription_cycle")));
    assert_eq!(app.schedules("active").await, [] as [Value; 0], "nothing stands in the way any more");
    app.change(&ada, &to("plus")).await;
    assert_eq!(app.failures().await, []);
}

/// Plus used for a while, and back: the whole difference came back.
#[tokio::test]
async fn hopping_between_plans_gives_nothing_back() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &plan("premium")).await;
    let first = app.post(&ada, PREVIEW, &to("plus")).await.expect(200);
    app.advance(MINUTE).await;
    let mut wish = to("plus");
    wish["proration_date"] = first["proration_date"].clone();
    app.change(&ada, &wish).await;
    app.advance(54 * MINUTE).await;

    let mut back = to("premium");
    back["proration_date"] = first["proration_date"].clone();
    let changed = app.change(&ada, &back).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]["plan"]), (&json!("plus"), &json!("premium")));
    let customer = app.at_stripe(&id).await["customer"].as_str().unwrap().to_owned();
    let customer = app.stripe(Method::GET, &format!("/v1/customers/{customer}"), &[]).await.expect(200);
    assert_eq!(customer["balance"], 0);

    // Up again, with a date at which it was still Premium.
    let mut year = json!({"plan_id": "plus", "interval": "year"});
    year["proration_date"] = first["proration_date"].clone();
    let refused = app.post(&ada, CHANGE, &year).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "preview_expired"));
}

#[tokio::test]
async fn a_shorter_interval_waits_and_a_longer_one_does_not() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &json!({"plan_id": "premium", "interval": "year", "trial_days": 0})).await;
    let month = json!({"plan_id": "plus", "interval": "month"});
    let changed = app.change(&ada, &month).await;
    assert_eq!((&changed["plan"], &changed["interval"]), (&json!("premium"), &json!("year")));
    assert_eq!(changed["scheduled_change"]["interval"], "month");
    app.advance(370 * DAY).await;
    let shown = app.get(&ada, BILLING).await.expect(200);
    assert_eq!((&shown["plan"], &shown["interval"]), (&json!("plus"), &json!("month")));
    let longer = app.change(&ada, &json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!((&longer["interval"], &longer["scheduled_change"]), (&json!("year"), &Value::Null));
}

#[tokio::test]
async fn a_scheduled_change_is_taken_back_and_replaced() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &json!({"plan_id": "plus", "interval": "year", "trial_days": 0})).await;
    let nothing = |shown: &Value| assert_eq!(shown["scheduled_change"], Value::Null, "{shown}");

    app.change(&ada, &json!({"plan_id": "premium", "interval": "year"})).await;
    nothing(&app.post(&ada, RESUME, &json!({})).await.expect(200));
    app.change(&ada, &json!({"plan_id": "premium", "interval": "year"})).await;
    nothing(&app.change(&ada, &json!({"plan_id": "plus", "interval": "year"})).await);
    assert_eq!(app.post(&ada, RESUME, &json!({})).await.code(), "not_canceling");

    // Another one takes its place.
    app.change(&ada, &json!({"plan_id": "premium", "interval": "year"})).await;
    let changed = app.change(&ada, &json!({"plan_id": "premium", "interval": "month"})).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]["interval"]), (&json!("plus"), &json!("month")));
    assert_eq!(app.schedules("active").await.len(), 1);

    // A cancellation, too; and it can be taken back itself.
    let canceled = app.post(&ada, CANCEL, &json!({})).await.expect(200);
    assert_eq!(canceled["cancel_at_period_end"], true);
    nothing(&canceled);
    let refused = app.post(&ada, CHANGE, &json!({"plan_id": "premium", "interval": "month"})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "subscription_ending"));
    app.post(&ada, RESUME, &json!({})).await.expect(200);

    app.change(&ada, &json!({"plan_id": "premium", "interval": "month"})).await;
    let ended = app.post(&ada, CANCEL, &json!({"immediately": true})).await.expect(200);
    assert_eq!(ended["status"], "canceled");
    nothing(&ended);
    assert_eq!(app.at_stripe(&id).await["schedule"], Value::Null);
    app.settle().await;
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn an_upgrade_replaces_what_was_scheduled() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &json!({"plan_id": "premium", "interval": "year", "trial_days": 0})).await;
    app.change(&ada, &json!({"plan_id": "premium", "interval": "month"})).await;
    let changed = app.change(&ada, &json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!((&changed["plan"], &changed["scheduled_change"]), (&json!("plus"), &Value::Null));
    app.settle().await;
    assert_eq!(app.schedules("active").await.len(), 0);
}

#[tokio::test]
async fn a_bank_debit_waits_for_nothing_so_a_change_that_is_charged_needs_a_card() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &plan("premium")).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;
    let debit = app.events("payment_intent.processing").await.pop().unwrap();
    app.press(&format!("bank_debits/{}/succeed", debit["data"]["object"]["id"].as_str().unwrap())).await;
    for route in [CHANGE, PREVIEW] {
        let refused = app.post(&ada, route, &to("plus")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "card_required"), "{route}");
    }
    let id = app.subscription_of(&checkout).await;
    app.pay_with(&id, "visa").await;
    assert_eq!(app.change(&ada, &to("plus")).await["plan"], "plus");
}

/// It takes two calls. After a crash in between, a repeated wish finishes it; without one, the next look lets go of it.
#[tokio::test]
async fn a_schedule_that_was_half_made_is_finished_or_released() {
    let (app, stripe) = TestApp::start_before_stripe().await;
    let (ada, bob) = (app.ada().await, app.learner("bob@example.com").await);
    for learner in [&ada, &bob] {
        app.subscribe(learner, &plan("plus")).await;
        stripe.reset();
        // A look at the item, and the first of the two.
        stripe.inject(Fault::CrashAfter(2));
        let refused = app.post(learner, CHANGE, &to("premium")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (503, "stripe_unavailable"));
        stripe.reset();
        app.settle().await;
    }
    assert_eq!(app.schedules("active").await.len(), 2);
    let shown = app.get(&bob, BILLING).await.expect(200);
    assert_eq!(shown["scheduled_change"], Value::Null, "{shown}");
    let changed = app.change(&ada, &to("premium")).await;
    assert_eq!(changed["scheduled_change"]["plan"], "premium");

    app.advance(DAY).await;
    let bobs = app.get(&bob, BILLING).await.expect(200)["subscription_id"].as_str().unwrap().to_owned();
    app.update(&bobs, &[("metadata[a]", "b")]).await;
    assert_eq!(app.at_stripe(&bobs).await["schedule"], Value::Null);
    app.settle().await;
    let left = app.schedules("active").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["phases"].as_array().unwrap().len(), 2, "the one that changes something stays");
}

#[tokio::test]
async fn what_the_dashboard_schedules_counts_like_ours() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &plan("premium")).await;
    let form = [("from_subscription", id.as_str())];
    let made = app.stripe(Method::POST, "/v1/subscription_schedules", &form).await.expect(200);
    let prices = app.stripe(Method::GET, "/v1/prices", &[("lookup_keys[0]", "plus_month_usd")]).await.expect(200);
    let (now, next) = (&made["phases"][0]["items"][0]["price"], &prices["data"][0]["id"]);
    let ends = made["phases"][0]["end_date"].to_string();
    let form = [
        ("phases[0][items][0][price]", now.as_str().unwrap()),
        ("phases[0][end_date]", &ends),
        ("phases[1][items][0][price]", next.as_str().unwrap()),
        ("phases[1][duration][interval]", "month"),
    ];
    let path = format!("/v1/subscription_schedules/{}", made["id"].as_str().unwrap());
    app.stripe(Method::POST, &path, &form).await.expect(200);
    app.settle().await;
    assert_eq!(app.get(&ada, BILLING).await.expect(200)["scheduled_change"]["plan"], "plus");
    let resumed = app.post(&ada, RESUME, &json!({})).await.expect(200);
    assert_eq!(resumed["scheduled_change"], Value::Null);
    assert_eq!(app.at_stripe(&id).await["schedule"], Value::Null);
}

#[tokio::test]
async fn stripe_refuses_what_only_the_schedule_may_change() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &plan("plus")).await;
    app.change(&ada, &to("premium")).await;
    let path = format!("/v1/subscriptions/{id}");
    let item = app.at_stripe(&id).await["items"]["data"][0]["id"].as_str().unwrap().to_owned();
    for form in [
        [("cancel_at_period_end", "true"), ("metadata[a]", "b")],
        [("items[0][id]", item.as_str()), ("items[0][quantity]", "2")],
    ] {
        let refused = app.stripe(Method::POST, &path, &form).await.expect(400);
        assert!(refused["error"]["message"].as_str().unwrap().contains("managed by the subscription schedule"));
    }
    let again = [("from_subscription", id.as_str())];
    app.stripe(Method::POST, "/v1/subscription_schedules", &again).await.expect(400);
}

#[tokio::test]
async fn a_schedule_changes_the_price_of_the_plan_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &plan("plus")).await;
    app.change(&ada, &to("premium")).await;
    let schedule = app.schedules("active").await.remove(0);
    let prices = |phase: usize| schedule["phases"][phase]["items"].as_array().unwrap().len();
    assert_eq!((prices(0), prices(1)), (1, 1));
    assert_ne!(schedule["phases"][0]["items"][0]["price"], schedule["phases"][1]["items"][0]["price"]);
}

#[tokio::test]
async fn what_nobody_is_charged_for_cannot_be_upgraded() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &plan("premium")).await;
    app.update(&id, &[("pause_collection[behavior]", "void")]).await;
    let refused = app.post(&ada, CHANGE, &to("plus")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "payment_problem"));
    app.update(&id, &[("pause_collection", "")]).await;

    // A year must not be paid for what ends in days.
    let end = app.at_stripe(&id).await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    app.update(&id, &[("cancel_at", &(end - 86_400).to_string())]).await;
    let refused = app.post(&ada, CHANGE, &json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "subscription_ending"));
}
