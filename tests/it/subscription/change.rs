//! Shows how a plan or an interval is changed, and what the change charges.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, plus, premium};
use crate::support::time::{DAY, MINUTE};

#[tokio::test]
async fn an_upgrade_charges_the_amount_of_its_preview() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;

    let preview = ada.post(PREVIEW, plus()).await.expect(200);
    let lines: Vec<i64> =
        preview["lines"].as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()).collect();
    assert_eq!(lines.iter().sum::<i64>(), preview["total"].as_i64().unwrap(), "{preview}");
    assert!(lines.len() == 2 && lines.iter().any(|amount| *amount < 0), "the rest of Premium is given back: {preview}");
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 1, "a preview changes nothing");
    assert_eq!(ada.subscription().await["plan"], "premium");

    app.hold_webhooks();
    let request = json!({"plan_id": "plus", "proration_date": preview["proration_date"]});
    let changed = ada.change_plan(&request).await;
    assert_eq!(
        (&changed["plan"], &changed["status"], &changed["interval"]),
        (&json!("plus"), &json!("active"), &json!("month"))
    );
    assert_eq!(changed["payment_problem"], Value::Null);
    let newest = app.invoices_at_stripe(&id).await.remove(0);
    assert_eq!((&newest["status"], &newest["amount_paid"]), (&json!("paid"), &preview["amount_due"]));
    assert_eq!(app.subscription_at_stripe(&id).await["items"]["data"].as_array().unwrap().len(), 1);

    ada.post(CHANGE, plus()).await.expect_problem(409, "same_plan");
}

#[tokio::test]
async fn a_change_in_the_middle_of_a_period_is_charged_for_the_rest_of_it() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.advance(15 * DAY).await;
    let preview = ada.post(PREVIEW, plus()).await.expect(200);
    let due = preview["amount_due"].as_i64().unwrap();
    assert!((900..=1_100).contains(&due), "half a month of 39 instead of 19 dollars: {preview}");
    assert_eq!(preview["total"], due);

    // An hour later it would cost less, but the preview counts.
    app.advance(59 * MINUTE).await;
    let request = json!({"plan_id": "plus", "proration_date": preview["proration_date"]});
    let changed = ada.change_plan(&request).await;
    assert_eq!(changed["plan"], "plus");
    assert_eq!(app.invoices_at_stripe(&id).await[0]["amount_paid"], due);
    assert_eq!(ada.access("ai-engineer-track").await["has_access"], true, "open at once");

    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn another_interval_begins_a_period_of_its_own() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let month = ada.subscription().await;
    let changed = ada.change_plan(json!({"plan_id": "premium", "interval": "year"})).await;
    assert_eq!((&changed["plan"], &changed["interval"]), (&json!("premium"), &json!("year")));
    assert!(changed["current_period_end"].as_str() > month["current_period_end"].as_str(), "{changed}");
    assert_eq!(changed["next_invoice_amount"], 19_000);
    // Unless the request names an interval, it stays.
    let changed = ada.change_plan(plus()).await;
    assert_eq!((&changed["plan"], &changed["interval"]), (&json!("plus"), &json!("year")));
}

#[tokio::test]
async fn a_change_in_a_trial_leaves_the_trial_and_a_cancellation_as_they_are() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "premium"})).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    let yearly = json!({"plan_id": "premium", "interval": "year"});
    let preview = ada.post(PREVIEW, &yearly).await.expect(200);
    assert_eq!(preview["amount_due"], 0, "{preview}");
    let changed = ada.change_plan(&yearly).await;
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
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "premium"})).await;
    let preview = ada.post(PREVIEW, plus()).await.expect(200);
    assert!(preview["amount_due"].as_i64().unwrap() > 0, "{preview}");
    let changed = ada.change_plan(plus()).await;
    assert_eq!((&changed["plan"], &changed["status"]), (&json!("plus"), &json!("active")), "{changed}");
    let invoices = app.invoices_at_stripe(&id).await;
    let charged = invoices.iter().map(|invoice| invoice["amount_paid"].as_i64().unwrap()).max();
    assert_eq!(charged, preview["amount_due"].as_i64(), "exactly what the preview said");
    app.settle().await;
    assert_eq!(ada.access("fine-tuning").await["because"]["product"], "plus");
}

#[tokio::test]
async fn a_proration_date_without_a_recent_preview_is_refused() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let end = ada.subscription().await["current_period_end"].as_str().unwrap().to_owned();
    let preview = ada.post(PREVIEW, plus()).await.expect(200)["proration_date"].as_str().unwrap().to_owned();
    app.advance(61 * MINUTE).await;
    for date in [preview.as_str(), end.as_str(), "2020-01-01T00:00:00Z"] {
        let refused = ada.post(CHANGE, json!({"plan_id": "plus", "proration_date": date})).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "preview_expired"), "{date}");
    }
    assert_eq!(app.invoices_at_stripe(&id).await.len(), 1);
}
