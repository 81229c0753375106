//! What a learner sees of a subscription, and does to it.

use std::collections::BTreeSet;
use std::time::Duration;

use local::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Answer, COURSE, Learner, PAYS, TestApp};
use crate::support::fault_proxy::Fault;

const SUBSCRIPTION: &str = "/billing/subscription";
const CANCEL: &str = "/billing/subscription/cancel";
const RESUME: &str = "/billing/subscription/resume";
const CHANGE: &str = "/billing/subscription/change";
const PREVIEW: &str = "/billing/subscription/change/preview";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Is kept, and fails when it is charged.
const FAILS_LATER: &str = "chargeCustomerFail";

fn premium() -> Value {
    json!({"plan_id": "premium", "trial_days": 0})
}

fn plus() -> Value {
    json!({"plan_id": "plus"})
}

impl TestApp {
    async fn billing(&self, learner: &Learner) -> Value {
        self.get(learner, SUBSCRIPTION).await.expect(200)
    }

    async fn invoices_at_stripe(&self, subscription: &str) -> Vec<Value> {
        let list = self.stripe(Method::GET, "/v1/invoices", &[("subscription", subscription)]).await.expect(200);
        list["data"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn who_has_no_subscription_has_the_free_plan() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let shown = app.billing(&ada).await;
    assert_eq!((&shown["plan"], &shown["status"], &shown["has_access"]), (&json!("free"), &Value::Null, &json!(false)));
    assert_eq!(shown["because"], json!({"reason": "not_purchased"}));
    assert_eq!((&shown["subscription_id"], &shown["payment_problem"]), (&Value::Null, &Value::Null));
    assert!(shown.get("next_invoice_amount").is_none(), "{shown}");
    let invoices = app.get(&ada, "/billing/invoices").await.expect(200);
    assert_eq!(invoices, json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn a_subscription_says_why_it_opens_and_what_comes_next() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    let shown = app.billing(&ada).await;
    let part = |names: &[&str]| -> Vec<Value> { names.iter().map(|name| shown[name].clone()).collect() };
    assert_eq!(
        part(&["plan", "status", "has_access", "interval", "subscription_id"]),
        [json!("premium"), json!("active"), json!(true), json!("month"), json!(id)]
    );
    assert_eq!(
        (&shown["because"]["reason"], &shown["because"]["source"]),
        (&json!("subscribed"), &json!(id)),
        "{shown}"
    );
    assert_eq!(part(&["next_invoice_amount", "next_invoice_currency"]), [json!(1_900), json!("usd")]);
    assert_eq!(shown["next_invoice_at"], shown["current_period_end"]);
    assert_eq!(
        part(&["cancel_at_period_end", "cancel_at", "trial_end", "ended_at", "payment_problem"]),
        [json!(false), Value::Null, Value::Null, Value::Null, Value::Null]
    );
    // Access is what the courses say, too.
    assert_eq!(app.access(&ada, COURSE).await["until"], shown["until"]);
}

#[tokio::test]
async fn an_answer_about_a_subscription_does_without_stripe() {
    let (app, proxy) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &premium()).await;
    proxy.inject(Fault::CrashBefore(1));
    let shown = app.billing(&ada).await;
    assert_eq!((&shown["plan"], &shown["has_access"]), (&json!("premium"), &json!(true)));
    assert!(shown.get("next_invoice_amount").is_none(), "{shown}");
    let refused = app.post(&ada, CANCEL, &json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (503, "stripe_unavailable"));
}

#[tokio::test]
async fn a_subscription_is_canceled_with_its_period_and_resumed() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;

    let canceled = app.call(Method::POST, Some(&ada), CANCEL, None).await.expect(200);
    assert_eq!(canceled["cancel_at_period_end"], true);
    assert_eq!(canceled["cancel_at"], canceled["current_period_end"]);
    assert_eq!((&canceled["has_access"], &canceled["until"]), (&json!(true), &canceled["current_period_end"]));
    assert!(canceled.get("next_invoice_amount").is_none(), "it will not be renewed: {canceled}");
    assert_eq!(app.billing(&ada).await, canceled, "the table knew before the answer left");
    assert_eq!(app.post(&ada, CANCEL, &json!({})).await.expect(200), canceled, "asking again");
    app.settle().await;
    let updates = app.events("customer.subscription.updated").await.len();

    let resumed = app.call(Method::POST, Some(&ada), RESUME, None).await.expect(200);
    assert_eq!((&resumed["cancel_at_period_end"], &resumed["cancel_at"]), (&json!(false), &Value::Null));
    assert_eq!(resumed["next_invoice_amount"], 1_900);
    let again = app.post(&ada, RESUME, &json!({"subscription_id": id})).await;
    assert_eq!((again.status.as_u16(), again.code()), (409, "not_canceling"));

    // The same wish at another time is another request: Stripe does not replay its first answer.
    assert_eq!(app.post(&ada, CANCEL, &json!({})).await.expect(200)["cancel_at_period_end"], true);
    assert_eq!(app.events("customer.subscription.updated").await.len(), updates + 2);
    assert_eq!(app.at_stripe(&id).await["cancel_at_period_end"], true);
    app.settle().await;
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_cancellation_for_a_day_is_resumed_too() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    let end = app.at_stripe(&id).await["items"]["data"][0]["current_period_end"].as_i64().unwrap();
    app.update(&id, &[("cancel_at", &(end - 86_400).to_string())]).await;
    let shown = app.billing(&ada).await;
    assert_eq!((&shown["cancel_at_period_end"], &shown["cancel_at"]), (&json!(false), &shown["until"]));

    let resumed = app.post(&ada, RESUME, &json!({})).await.expect(200);
    assert_eq!(resumed["cancel_at"], Value::Null);
    assert_eq!(app.at_stripe(&id).await["cancel_at"], Value::Null);
}

#[tokio::test]
async fn a_subscription_that_is_canceled_at_once_is_over_for_good() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.hold();
    let ended = app.post(&ada, CANCEL, &json!({"immediately": true})).await.expect(200);
    assert_eq!(
        (&ended["status"], &ended["has_access"], &ended["because"]["reason"]),
        (&json!("canceled"), &json!(false), &json!("subscription_ended"))
    );
    assert!(ended["ended_at"].is_string(), "{ended}");
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended", "no webhook was needed");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 1, "nothing is charged or given back");
    for (path, body) in
        [(CANCEL, json!({})), (CANCEL, json!({"immediately": true})), (RESUME, json!({})), (CHANGE, plus())]
    {
        let refused = app.post(&ada, path, &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "subscription_ended"), "{path}");
    }
}

#[tokio::test]
async fn what_has_ended_unheard_is_noticed_when_it_is_to_be_changed() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.hold();
    app.stripe(Method::DELETE, &format!("/v1/subscriptions/{id}"), &[]).await.expect(200);
    assert_eq!(app.billing(&ada).await["status"], "active", "nobody told us");
    let refused = app.post(&ada, CHANGE, &plus()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "subscription_ended"));
    assert_eq!(app.billing(&ada).await["status"], "canceled");

    let grace = app.learner("grace@example.com").await;
    let id = app.subscribe_unheard(&grace).await;
    app.stripe(Method::DELETE, &format!("/v1/subscriptions/{id}"), &[]).await.expect(200);
    let ended = app.post(&grace, CANCEL, &json!({"immediately": true})).await.expect(200);
    assert_eq!(ended["status"], "canceled", "what was wished for has happened already");
}

#[tokio::test]
async fn an_upgrade_charges_what_its_preview_says() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;

    let preview = app.post(&ada, PREVIEW, &plus()).await.expect(200);
    let lines: Vec<i64> =
        preview["lines"].as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()).collect();
    assert_eq!(lines.iter().sum::<i64>(), preview["total"].as_i64().unwrap(), "{preview}");
    assert!(lines.len() == 2 && lines.iter().any(|amount| *amount < 0), "the rest of Premium is given back: {preview}");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 1, "a preview changes nothing");
    assert_eq!(app.billing(&ada).await["plan"], "premium");

    app.hold();
    let wish = json!({"plan_id": "plus", "proration_date": preview["proration_date"]});
    let changed = app.post(&ada, CHANGE, &wish).await.expect(200);
    assert_eq!(
        (&changed["plan"], &changed["status"], &changed["interval"]),
        (&json!("plus"), &json!("active"), &json!("month"))
    );
    assert_eq!(changed["payment_problem"], Value::Null);
    let newest = app.invoices_at_stripe(&id).await.remove(0);
    assert_eq!((&newest["status"], &newest["amount_paid"]), (&json!("paid"), &preview["amount_due"]));
    assert_eq!(app.at_stripe(&id).await["items"]["data"].as_array().unwrap().len(), 1);

    let same = app.post(&ada, CHANGE, &plus()).await;
    assert_eq!((same.status.as_u16(), same.code()), (409, "same_plan"));
}

#[tokio::test]
async fn a_change_in_the_middle_of_a_period_is_about_its_rest() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.advance(15 * DAY).await;
    let preview = app.post(&ada, PREVIEW, &plus()).await.expect(200);
    let due = preview["amount_due"].as_i64().unwrap();
    assert!((900..=1_100).contains(&due), "half a month of 39 instead of 19 dollars: {preview}");
    assert_eq!(preview["total"], due);

    // An hour later it would cost less, but what was shown counts.
    app.advance(Duration::from_secs(59 * 60)).await;
    let wish = json!({"plan_id": "plus", "proration_date": preview["proration_date"]});
    let changed = app.post(&ada, CHANGE, &wish).await.expect(200);
    assert_eq!(changed["plan"], "plus");
    assert_eq!(app.invoices_at_stripe(&id).await[0]["amount_paid"], due);
    assert_eq!(app.access(&ada, "ai-engineer-track").await["has_access"], true, "open at once");

    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn another_interval_begins_a_period_of_its_own() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &premium()).await;
    let month = app.billing(&ada).await;
    let changed = app.post(&ada, CHANGE, &json!({"plan_id": "premium", "interval": "year"})).await.expect(200);
    assert_eq!((&changed["plan"], &changed["interval"]), (&json!("premium"), &json!("year")));
    assert!(changed["current_period_end"].as_str() > month["current_period_end"].as_str(), "{changed}");
    assert_eq!(changed["next_invoice_amount"], 19_000);
    // Without another wish the interval stays.
    let changed = app.post(&ada, CHANGE, &plus()).await.expect(200);
    assert_eq!((&changed["plan"], &changed["interval"]), (&json!("plus"), &json!("year")));
}

#[tokio::test]
async fn a_declined_upgrade_closes_nothing_and_waits_for_its_payment() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.pay_with(&id, FAILS_LATER).await;

    let refused = app.post(&ada, CHANGE, &plus()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (402, "payment_required"));
    let page = refused.body["hosted_invoice_url"].as_str().unwrap();
    assert!(page.starts_with(&app.stack.urls().stripe), "{page}");
    let shown = app.billing(&ada).await;
    assert_eq!(
        (&shown["plan"], &shown["status"], &shown["has_access"]),
        (&json!("premium"), &json!("active"), &json!(true))
    );
    let problem = &shown["payment_problem"];
    assert_eq!((&problem["kind"], &problem["decline_code"]), (&json!("payment_failed"), &json!("generic_decline")));
    assert_eq!(problem["hosted_invoice_url"], page);
    app.settle().await;
    assert_eq!(app.billing(&ada).await["plan"], "premium");
    assert_eq!(app.access(&ada, COURSE).await["has_access"], true);

    // With another card the same wish is another request.
    app.pay_with(&id, "visa").await;
    let changed = app.post(&ada, CHANGE, &plus()).await.expect(200);
    assert_eq!((&changed["plan"], &changed["payment_problem"]), (&json!("plus"), &Value::Null));
    app.settle().await;
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_held_back_upgrade_comes_when_its_invoice_is_paid() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.pay_with(&id, "authenticationRequired").await;
    assert_eq!(app.post(&ada, CHANGE, &plus()).await.code(), "payment_required");
    let problem = app.billing(&ada).await["payment_problem"].clone();
    assert_eq!((&problem["kind"], &problem["decline_code"]), (&json!("action_required"), &Value::Null), "{problem}");

    app.pay_with(&id, "visa").await;
    let method = app.at_stripe(&id).await["default_payment_method"].as_str().unwrap().to_owned();
    let invoice = problem["invoice_id"].as_str().unwrap();
    let pay = format!("/v1/invoices/{invoice}/pay");
    app.stripe(Method::POST, &pay, &[("payment_method", &method)]).await.expect(200);
    app.settle().await;
    let shown = app.billing(&ada).await;
    assert_eq!((&shown["plan"], &shown["payment_problem"]), (&json!("plus"), &Value::Null), "{shown}");
}

#[tokio::test]
async fn a_change_in_a_trial_leaves_the_trial_and_a_cancellation_as_they_are() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    app.post(&ada, CANCEL, &json!({})).await.expect(200);
    let yearly = json!({"plan_id": "premium", "interval": "year"});
    let preview = app.post(&ada, PREVIEW, &yearly).await.expect(200);
    assert_eq!(preview["amount_due"], 0, "{preview}");
    let changed = app.post(&ada, CHANGE, &yearly).await.expect(200);
    let part = |names: &[&str]| -> Vec<Value> { names.iter().map(|name| changed[name].clone()).collect() };
    assert_eq!(part(&["interval", "status", "cancel_at_period_end"]), [json!("year"), json!("trialing"), json!(true)]);
    assert!(changed["trial_end"].is_string(), "{changed}");
    assert_eq!(
        app.invoices_at_stripe(&id).await.iter().map(|invoice| invoice["amount_due"].as_i64().unwrap()).max(),
        Some(0)
    );
}

#[tokio::test]
async fn a_change_to_a_plan_without_a_trial_ends_the_trial_and_is_charged_at_once() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    let preview = app.post(&ada, PREVIEW, &plus()).await.expect(200);
    assert!(preview["amount_due"].as_i64().unwrap() > 0, "{preview}");
    let changed = app.post(&ada, CHANGE, &plus()).await.expect(200);
    assert_eq!((&changed["plan"], &changed["status"]), (&json!("plus"), &json!("active")), "{changed}");
    let invoices = app.invoices_at_stripe(&id).await;
    let charged = invoices.iter().map(|invoice| invoice["amount_paid"].as_i64().unwrap()).max();
    assert_eq!(charged, preview["amount_due"].as_i64(), "exactly what the preview said");
    app.settle().await;
    assert_eq!(app.access(&ada, "fine-tuning").await["because"]["product"], "plus");
}

#[tokio::test]
async fn a_date_that_is_not_that_of_a_fresh_preview_is_refused() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    let end = app.billing(&ada).await["current_period_end"].as_str().unwrap().to_owned();
    let preview = app.post(&ada, PREVIEW, &plus()).await.expect(200)["proration_date"].as_str().unwrap().to_owned();
    app.advance(Duration::from_secs(61 * 60)).await;
    for date in [preview.as_str(), end.as_str(), "2020-01-01T00:00:00Z"] {
        let refused = app.post(&ada, CHANGE, &json!({"plan_id": "plus", "proration_date": date})).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "preview_expired"), "{date}");
    }
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clicks_change_and_charge_once() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.hold();
    let (first, second) = (plus(), plus());
    let (one, other) = tokio::join!(app.post(&ada, CHANGE, &first), app.post(&ada, CHANGE, &second));
    for answer in [one, other] {
        assert!(answer.status == 200 || answer.code() == "same_plan", "{}", answer.body);
    }
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 2);
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_not_made_twice() {
    let (app, proxy) = TestApp::start_before_stripe().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.hold();
    proxy.reset();
    // The first call looks for the item, the second one changes it.
    proxy.inject(Fault::CrashAfter(2));
    let lost = app.post(&ada, CHANGE, &plus()).await;
    assert_eq!((lost.status.as_u16(), lost.code()), (503, "stripe_unavailable"));
    proxy.reset();
    let changed = app.post(&ada, CHANGE, &plus()).await.expect(200);
    assert_eq!(changed["plan"], "plus");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 2);
}

#[tokio::test]
async fn a_canceled_subscription_ends_on_its_day_and_another_one_is_sold() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = app.subscribe(&ada, &premium()).await;
    app.post(&ada, CANCEL, &json!({})).await.expect(200);
    app.advance(32 * DAY).await;
    let ended = app.billing(&ada).await;
    assert_eq!((&ended["status"], &ended["has_access"]), (&json!("canceled"), &json!(false)));
    let second = app.subscribe(&ada, &premium()).await;
    assert_eq!(app.billing(&ada).await["subscription_id"], second);
    let named = app.get(&ada, &format!("{SUBSCRIPTION}?subscription_id={first}")).await.expect(200);
    assert_eq!((&named["status"], &named["has_access"]), (&json!("canceled"), &json!(true)), "the second one opens it");
}

#[tokio::test]
async fn a_change_that_nobody_pays_for_is_dropped() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.pay_with(&id, FAILS_LATER).await;
    assert_eq!(app.post(&ada, CHANGE, &plus()).await.code(), "payment_required");
    // Both are of the same second, or of two: sorted, it does not matter.
    let statuses = async || -> BTreeSet<String> {
        let invoices = app.get(&ada, "/billing/invoices").await.expect(200);
        let items = invoices["items"].as_array().unwrap();
        items.iter().map(|invoice| invoice["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(statuses().await, ["open", "paid"].map(str::to_owned).into());
    app.advance(DAY).await;
    let shown = app.billing(&ada).await;
    assert_eq!(
        (&shown["plan"], &shown["status"], &shown["payment_problem"]),
        (&json!("premium"), &json!("active"), &Value::Null)
    );
    assert_eq!(statuses().await, ["paid", "void"].map(str::to_owned).into());
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_failed_payment_shows_what_failed_and_what_mends_it() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.past_due(&ada).await;
    let shown = app.billing(&ada).await;
    assert_eq!(
        (&shown["status"], &shown["has_access"], &shown["because"]["reason"]),
        (&json!("past_due"), &json!(false), &json!("subscription_past_due"))
    );
    let problem = &shown["payment_problem"];
    assert_eq!((&problem["kind"], &problem["decline_code"]), (&json!("payment_failed"), &json!("generic_decline")));
    assert_eq!((&problem["amount_due"], &problem["currency"]), (&json!(1_900), &json!("usd")));
    assert_eq!(problem["attempt_count"], 1);
    assert!(problem["next_attempt_at"].is_string(), "{problem}");
    for url in ["hosted_invoice_url", "portal_url"] {
        assert!(problem[url].as_str().unwrap().starts_with(&app.stack.urls().stripe), "{url}: {problem}");
    }
    for path in [CHANGE, PREVIEW] {
        let refused = app.post(&ada, path, &plus()).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "payment_problem"), "{path}");
    }

    app.pay_with(&id, "visa").await;
    let invoice = problem["invoice_id"].as_str().unwrap();
    app.stripe(Method::POST, &format!("/v1/invoices/{invoice}/pay"), &[]).await.expect(200);
    app.settle().await;
    let mended = app.billing(&ada).await;
    assert_eq!((&mended["status"], &mended["has_access"]), (&json!("active"), &json!(true)));
    assert_eq!(mended["payment_problem"], Value::Null);
}

#[tokio::test]
async fn the_portal_leads_back_to_the_shop_and_nowhere_else() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let nobody = app.post(&ada, "/billing/portal", &json!({})).await;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (404, "no_customer"));

    app.checkout(&ada, COURSE).await;
    let web = app.stack.urls().web.clone();
    for body in [json!({}), json!({"return_url": format!("{web}/account"), "flow": "payment_method_update"})] {
        let url = app.post(&ada, "/billing/portal", &body).await.expect(200)["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(&app.stack.urls().stripe), "{url}");
        assert_eq!(app.http.get(&url).send().await.unwrap().status(), StatusCode::OK, "{url}");
    }
    // No plans are changed there: every visit names our own configuration.
    let list =
        app.stripe(Method::GET, "/v1/billing_portal/configurations", &[("is_default", "false")]).await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "it is made once");
    let (ours, features) = (&list["data"][0], &list["data"][0]["features"]);
    assert_eq!(ours["metadata"], json!({"tuition_app": "tuition"}));
    assert_eq!(features["subscription_update"]["enabled"], false);
    assert_eq!(
        (&features["payment_method_update"]["enabled"], &features["subscription_cancel"]["mode"]),
        (&json!(true), &json!("at_period_end"))
    );
    for event in app.events("billing_portal.session.created").await {
        assert_eq!(event["data"]["object"]["configuration"], ours["id"]);
    }
    // What an older version or somebody else had made of it, the operator's tool puts right.
    let id = ours["id"].as_str().unwrap();
    let path = format!("/v1/billing_portal/configurations/{id}");
    app.stripe(Method::POST, &path, &[("features[subscription_update][enabled]", "true")]).await.expect(200);
    let context = app.context();
    assert_eq!(shared::stripe::configure_portal(&context.stripe, &context.app, "portal").await.unwrap(), id);
    let mended = app.stripe(Method::GET, &path, &[]).await.expect(200);
    assert_eq!(mended["features"]["subscription_update"]["enabled"], false);

    let evil = app.post(&ada, "/billing/portal", &json!({"return_url": "https://evil.example/"})).await;
    assert_eq!((evil.status.as_u16(), evil.code()), (400, "url_not_allowed"));
}

#[tokio::test]
async fn a_customer_who_is_gone_at_stripe_has_nothing_to_manage() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.checkout(&ada, COURSE).await;
    let customer = app.rows_of("USER#", "PROFILE").await[0]["customer"].as_str().unwrap().to_owned();
    app.hold();
    app.stripe(Method::DELETE, &format!("/v1/customers/{customer}"), &[]).await.expect(200);
    let gone = app.post(&ada, "/billing/portal", &json!({})).await;
    assert_eq!((gone.status.as_u16(), gone.code()), (404, "no_customer"));
    assert_eq!(app.rows_of("USER#", "PROFILE").await[0]["former_customer"], json!(customer));
}

#[tokio::test]
async fn invoices_come_in_pages_the_newest_first() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &premium()).await;
    for plan in [plus(), json!({"plan_id": "plus", "interval": "year"})] {
        app.post(&ada, CHANGE, &plan).await.expect(200);
    }
    app.advance(366 * DAY).await;
    app.settle().await;
    let all = app.get(&ada, "/billing/invoices").await.expect(200);
    let items = all["items"].as_array().unwrap();
    assert_eq!((items.len(), &all["next_cursor"]), (4, &Value::Null));
    assert!(items.is_sorted_by_key(|invoice| std::cmp::Reverse(invoice["created"].as_str().unwrap().to_owned())));
    for invoice in items {
        assert_eq!(invoice["status"], "paid");
        assert!(invoice["number"].is_string() && invoice["pdf_url"].is_string(), "{invoice}");
        assert!(invoice["hosted_invoice_url"].as_str().unwrap().starts_with(&app.stack.urls().stripe));
        assert!(invoice["amount"].is_i64() && invoice["currency"] == "usd", "{invoice}");
    }

    let mut paged = Vec::new();
    let mut path = "/billing/invoices?limit=3".to_owned();
    loop {
        let page = app.get(&ada, &path).await.expect(200);
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/billing/invoices?limit=3&cursor={cursor}");
    }
    assert_eq!(&paged, items);
    let other = app.learner("grace@example.com").await;
    assert_eq!(app.get(&other, &path).await.expect(200)["items"], json!([]), "a cursor leads nowhere else");
}

#[tokio::test]
async fn of_several_subscriptions_one_that_opens_is_shown_and_the_one_to_change_is_named() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let paid = app.subscribe(&ada, &premium()).await;
    let failed = app.subscribe_by_api(&ada, &paid, "pm_card_chargeCustomerFail").await;
    assert_eq!(app.billing(&ada).await["subscription_id"], paid, "the newer one is not paid");
    let named = app.get(&ada, &format!("{SUBSCRIPTION}?subscription_id={failed}")).await.expect(200);
    assert_eq!((&named["subscription_id"], &named["status"]), (&json!(failed), &json!("incomplete")));
    assert_eq!(named["payment_problem"]["kind"], "payment_failed");
    assert_eq!(named["has_access"], true, "the other one opens the same plan");

    for (path, body) in [(CANCEL, json!({})), (RESUME, json!({})), (CHANGE, plus()), (PREVIEW, plus())] {
        let which = app.post(&ada, path, &body).await;
        assert_eq!((which.status.as_u16(), which.code()), (400, "subscription_required"), "{path}");
    }
    // What was never paid ends at once.
    let gone = app.post(&ada, CANCEL, &json!({"subscription_id": failed})).await.expect(200);
    assert_eq!(gone["status"], "incomplete_expired");
    assert_eq!(app.post(&ada, CANCEL, &json!({})).await.expect(200)["subscription_id"], paid);
}

#[tokio::test]
async fn somebody_elses_subscription_does_not_exist() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    let grace = app.learner("grace@example.com").await;
    app.subscribe(&grace, &premium()).await;
    let is_nothing = |answer: Answer| assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found"));
    is_nothing(app.get(&grace, &format!("{SUBSCRIPTION}?subscription_id={id}")).await);
    for path in [CANCEL, RESUME] {
        is_nothing(app.post(&grace, path, &json!({"subscription_id": id})).await);
    }
    for path in [CHANGE, PREVIEW] {
        is_nothing(app.post(&grace, path, &json!({"plan_id": "plus", "subscription_id": id})).await);
    }
    assert_eq!(app.at_stripe(&id).await["cancel_at_period_end"], false);
}

#[tokio::test]
async fn a_paused_subscription_goes_on_when_it_is_paid() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    app.stripe(Method::POST, &format!("/v1/subscriptions/{id}/pause"), &[("type", "subscription")]).await.expect(200);
    app.settle().await;
    assert_eq!(app.billing(&ada).await["because"]["reason"], "subscription_paused");
    app.pay_with(&id, FAILS_LATER).await;
    let refused = app.post(&ada, RESUME, &json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (402, "payment_required"));
    assert!(refused.body["hosted_invoice_url"].is_string(), "{}", refused.body);
    let invoices = app.invoices_at_stripe(&id).await.len();
    assert_eq!(app.post(&ada, RESUME, &json!({})).await.code(), "payment_required");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), invoices, "the invoice is made once");

    app.pay_with(&id, "visa").await;
    let open = app.invoices_at_stripe(&id).await.remove(0);
    app.stripe(Method::POST, &format!("/v1/invoices/{}/pay", open["id"].as_str().unwrap()), &[]).await.expect(200);
    app.settle().await;
    assert_eq!(app.billing(&ada).await["status"], "active");
}

impl TestApp {
    /// A subscription of which nothing was heard since it began.
    async fn subscribe_unheard(&self, learner: &Learner) -> String {
        let checkout = self.checkout_of(learner, &premium()).await;
        assert_eq!(self.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
        self.return_page(learner, &checkout.session).await.expect(200);
        self.subscription_of(&checkout).await
    }

    /// Another subscription to the same, begun by an operator with this card.
    async fn subscribe_by_api(&self, learner: &Learner, like: &str, card: &str) -> String {
        let like = self.at_stripe(like).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (customer, price) = (text(&like["customer"]), text(&like["items"]["data"][0]["price"]["id"]));
        let attach = format!("/v1/payment_methods/{card}/attach");
        let method = self.stripe(Method::POST, &attach, &[("customer", &customer)]).await.expect(200);
        let method = text(&method["id"]);
        let form = [
            ("customer", customer.as_str()),
            ("default_payment_method", method.as_str()),
            ("items[0][price]", price.as_str()),
            ("metadata[tuition_app]", "tuition"),
            ("metadata[tuition_family]", "membership"),
            ("metadata[tuition_price]", price.as_str()),
            ("metadata[tuition_product]", "premium"),
            ("metadata[tuition_user]", learner.user.as_str()),
        ];
        let begun = self.stripe(Method::POST, "/v1/subscriptions", &form).await.expect(200);
        self.settle().await;
        text(&begun["id"])
    }

    /// A subscription whose first renewal has failed.
    async fn past_due(&self, learner: &Learner) -> String {
        let id = self.subscribe(learner, &premium()).await;
        self.pay_with(&id, FAILS_LATER).await;
        self.advance(32 * DAY).await;
        id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_identical_upgrades_at_once_are_one_upgrade_and_no_defect() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let id = app.subscribe(&ada, &premium()).await;
    let wish = plus();
    let answers = futures_util::future::join_all((0..40).map(|_| app.post(&ada, CHANGE, &wish))).await;
    for answer in &answers {
        let expected = matches!(
            (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default()),
            (200, _) | (409, "same_plan") | (503, "subscription_changed" | "stripe_unavailable")
        );
        assert!(expected, "{} {}", answer.status, answer.body);
    }
    assert!(answers.iter().any(|answer| answer.status == 200));
    app.settle().await;
    assert_eq!(app.billing(&ada).await["plan"], "plus");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 2, "the first one, and that of one upgrade");
}

/// One learner cannot use up what Stripe takes from all.
#[tokio::test]
async fn every_route_that_calls_stripe_counts_per_learner_first() {
    let routes: [(Method, &str); 7] = [
        (Method::GET, SUBSCRIPTION),
        (Method::POST, CANCEL),
        (Method::POST, RESUME),
        (Method::POST, CHANGE),
        (Method::POST, PREVIEW),
        (Method::POST, "/billing/portal"),
        (Method::GET, "/checkout/sessions/cs_test_1"),
    ];
    let app = TestApp::start_with(Options::ephemeral().with_variable("CALLS_PER_MINUTE", "2")).await;
    for (number, (method, path)) in routes.into_iter().enumerate() {
        let learner = app.learner(&format!("learner{number}@example.com")).await;
        let call = async || {
            let body = (method == Method::POST).then(|| json!({"plan_id": "plus"}).to_string());
            app.call(method.clone(), Some(&learner), path, body).await
        };
        for _ in 0..2 {
            assert_ne!(call().await.status.as_u16(), 429, "{path}");
        }
        let refused = call().await;
        assert_eq!((refused.status.as_u16(), refused.code()), (429, "rate_limited"), "{path}");
        assert!(refused.headers.contains_key("retry-after"), "{path}");
    }
    // Invoices come from the table, and others are not concerned.
    let ada = app.ada().await;
    for _ in 0..3 {
        app.get(&ada, "/billing/invoices").await.expect(200);
    }
    app.billing(&ada).await;
}
