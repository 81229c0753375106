//! Shows what a learner sees of a subscription.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME, SUBSCRIPTION, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::learner::Learner;
use crate::support::response::TestResponse;
use crate::support::time::DAY;

#[tokio::test]
async fn a_learner_without_a_subscription_has_the_free_plan() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["plan"], &shown["status"], &shown["has_access"]), (&json!("free"), &Value::Null, &json!(false)));
    assert_eq!(shown["because"], json!({"reason": "not_purchased"}));
    assert_eq!((&shown["subscription_id"], &shown["payment_problem"]), (&Value::Null, &Value::Null));
    assert!(shown.get("next_invoice_amount").is_none(), "{shown}");
    let invoices = ada.get("/billing/invoices").await.expect(200);
    assert_eq!(invoices, json!({"items": [], "next_cursor": null}));
}

#[tokio::test]
async fn a_subscription_is_shown_with_its_reason_and_its_next_invoice() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let shown = ada.subscription().await;
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
    // The course says the same.
    assert_eq!(ada.access(COURSE).await["until"], shown["until"]);
}

#[tokio::test]
async fn a_subscription_is_shown_while_stripe_is_unavailable() {
    let (app, proxy) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    proxy.inject(Fault::CrashBefore(1));
    let shown = ada.subscription().await;
    assert_eq!((&shown["plan"], &shown["has_access"]), (&json!("premium"), &json!(true)));
    assert!(shown.get("next_invoice_amount").is_none(), "{shown}");
    ada.post(CANCEL, json!({})).await.expect_problem(503, "stripe_unavailable");
}

#[tokio::test]
async fn a_failed_renewal_is_shown_with_the_pages_where_it_can_be_paid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;
    app.advance(32 * DAY).await;
    let shown = ada.subscription().await;
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
        let refused = ada.post(path, plus()).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "payment_problem"), "{path}");
    }

    app.set_card(&id, "visa").await;
    let invoice = problem["invoice_id"].as_str().unwrap();
    app.stripe_post(&format!("/v1/invoices/{invoice}/pay"), &[]).await;
    app.settle().await;
    let paid = ada.subscription().await;
    assert_eq!((&paid["status"], &paid["has_access"]), (&json!("active"), &json!(true)));
    assert_eq!(paid["payment_problem"], Value::Null);
}

#[tokio::test]
async fn of_several_subscriptions_an_open_one_is_shown_and_a_change_must_name_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let paid = ada.subscribe(premium()).await;
    let failed = subscribe_by_api(&app, &ada, &paid, FAILING_CARD).await;
    assert_eq!(ada.subscription().await["subscription_id"], paid, "the newer one is not paid");
    let named = ada.get(&format!("{SUBSCRIPTION}?subscription_id={failed}")).await.expect(200);
    assert_eq!((&named["subscription_id"], &named["status"]), (&json!(failed), &json!("incomplete")));
    assert_eq!(named["payment_problem"]["kind"], "payment_failed");
    assert_eq!(named["has_access"], true, "the other one opens the same plan");

    for (path, body) in [(CANCEL, json!({})), (RESUME, json!({})), (CHANGE, plus()), (PREVIEW, plus())] {
        let refused = ada.post(path, &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "subscription_required"), "{path}");
    }
    // What was never paid ends at once.
    let canceled = ada.post(CANCEL, json!({"subscription_id": failed})).await.expect(200);
    assert_eq!(canceled["status"], "incomplete_expired");
    assert_eq!(ada.post(CANCEL, json!({})).await.expect(200)["subscription_id"], paid);
}

/// Creates a subscription to the same as another one, as an operator does by Stripe's API, with this test card.
async fn subscribe_by_api(app: &TestApp, learner: &Learner, like: &str, card: &str) -> String {
    let like = app.subscription_at_stripe(like).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (customer, price) = (text(&like["customer"]), text(&like["items"]["data"][0]["price"]["id"]));
    let attach = format!("/v1/payment_methods/pm_card_{card}/attach");
    let method = text(&app.stripe_post(&attach, &[("customer", &customer)]).await["id"]);
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
    let created = app.stripe_post("/v1/subscriptions", &form).await;
    app.settle().await;
    text(&created["id"])
}

#[tokio::test]
async fn another_learners_subscription_is_not_found() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let grace = app.as_learner("grace").await;
    grace.subscribe(premium()).await;
    let is_not_found = |answer: TestResponse| answer.expect_problem(404, "not_found");
    is_not_found(grace.get(&format!("{SUBSCRIPTION}?subscription_id={id}")).await);
    for path in [CANCEL, RESUME] {
        is_not_found(grace.post(path, json!({"subscription_id": id})).await);
    }
    for path in [CHANGE, PREVIEW] {
        is_not_found(grace.post(path, json!({"plan_id": "plus", "subscription_id": id})).await);
    }
    assert_eq!(app.subscription_at_stripe(&id).await["cancel_at_period_end"], false);
}
