//! Shows that a change is charged once, and takes effect only when it is paid.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CHANGE, plus, premium};
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::fault_proxy::Fault;
use crate::support::time::DAY;

#[tokio::test]
async fn a_declined_upgrade_leaves_the_old_plan_open() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;

    let refused = ada.post(CHANGE, plus()).await;
    refused.expect_problem(402, "payment_required");
    let page = refused.body["hosted_invoice_url"].as_str().unwrap();
    assert!(page.starts_with(&app.stack.urls().stripe), "{page}");
    let shown = ada.subscription().await;
    assert_eq!(
        (&shown["plan"], &shown["status"], &shown["has_access"]),
        (&json!("premium"), &json!("active"), &json!(true))
    );
    let problem = &shown["payment_problem"];
    assert_eq!((&problem["kind"], &problem["decline_code"]), (&json!("payment_failed"), &json!("generic_decline")));
    assert_eq!(problem["hosted_invoice_url"], page);
    app.settle().await;
    assert_eq!(ada.subscription().await["plan"], "premium");
    assert_eq!(ada.access(COURSE).await["has_access"], true);

    // With another card the same change has another idempotency key.
    app.set_card(&id, "visa").await;
    let changed = ada.change_plan(plus()).await;
    assert_eq!((&changed["plan"], &changed["payment_problem"]), (&json!("plus"), &Value::Null));
    app.settle().await;
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn an_upgrade_that_needs_authentication_takes_effect_when_its_invoice_is_paid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, "authenticationRequired").await;
    assert_eq!(ada.post(CHANGE, plus()).await.code(), "payment_required");
    let problem = ada.subscription().await["payment_problem"].clone();
    assert_eq!((&problem["kind"], &problem["decline_code"]), (&json!("action_required"), &Value::Null), "{problem}");

    app.set_card(&id, "visa").await;
    let method = app.subscription_at_stripe(&id).await["default_payment_method"].as_str().unwrap().to_owned();
    let invoice = problem["invoice_id"].as_str().unwrap();
    let pay = format!("/v1/invoices/{invoice}/pay");
    app.stripe_post(&pay, &[("payment_method", &method)]).await;
    app.settle().await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["plan"], &shown["payment_problem"]), (&json!("plus"), &Value::Null), "{shown}");
}

#[tokio::test]
async fn a_change_that_is_not_paid_within_a_day_is_dropped() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.set_card(&id, FAILING_CARD).await;
    assert_eq!(ada.post(CHANGE, plus()).await.code(), "payment_required");
    // A set, as both may be of the same second.
    let statuses = async || -> BTreeSet<String> {
        let invoices = ada.get("/billing/invoices").await.expect(200);
        let items = invoices["items"].as_array().unwrap();
        items.iter().map(|invoice| invoice["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(statuses().await, ["open", "paid"].map(str::to_owned).into());
    app.advance(DAY).await;
    let shown = ada.subscription().await;
    assert_eq!(
        (&shown["plan"], &shown["status"], &shown["payment_problem"]),
        (&json!("premium"), &json!("active"), &Value::Null)
    );
    assert_eq!(statuses().await, ["paid", "void"].map(str::to_owned).into());
    assert_eq!(app.failures().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_equal_changes_at_once_are_charged_once() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.hold_webhooks();
    let (first, second) = (plus(), plus());
    let (one, other) = tokio::join!(ada.post(CHANGE, &first), ada.post(CHANGE, &second));
    assert!(one.status == 200 || other.status == 200);
    for answer in [one, other] {
        let is_told = ["same_plan", "subscription_changed"].contains(&answer.code());
        assert!(answer.status == 200 || is_told, "{}", answer.body);
    }
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_equal_upgrades_at_once_are_one_upgrade() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let request = plus();
    let answers = join_all((0..40).map(|_| ada.post(CHANGE, &request))).await;
    for answer in &answers {
        let expected = matches!(
            (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default()),
            (200, _) | (409, "same_plan") | (503, "subscription_changed" | "stripe_unavailable")
        );
        assert!(expected, "{} {}", answer.status, answer.body);
    }
    assert!(answers.iter().any(|answer| answer.status == 200));
    app.settle().await;
    assert_eq!(ada.subscription().await["plan"], "plus");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 2, "the first one, and that of one upgrade");
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_not_made_twice() {
    let (app, proxy) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.hold_webhooks();
    proxy.reset();
    // The subscription, disputes and refunds are fetched, and the item; the fifth call changes it.
    proxy.inject(Fault::CrashAfter(5));
    ada.post(CHANGE, plus()).await.expect_problem(503, "stripe_unavailable");
    proxy.reset();
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 2, "it was made");
    let changed = ada.change_plan(plus()).await;
    assert_eq!(changed["plan"], "plus");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 2);
}
