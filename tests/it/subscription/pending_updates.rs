//! Shows that a declined upgrade can be paid only until something else takes its place, and that then its invoice is void.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, RESUME, plus, premium};
use crate::support::cards::{FAILING_CARD, VALID_CARD};
use crate::support::catalog::{CATALOG_YAML, COURSE};
use crate::support::learner::Learner;
use crate::support::time::{DAY, SECOND};

/// An upgrade that waits for its payment.
struct Declined {
    page: String,
    invoice: String,
}

/// Plus by the year.
fn plus_year() -> Value {
    json!({"plan_id": "plus", "interval": "year"})
}

/// Asks for Plus by the year, which is declined. From then on the card pays.
async fn decline_upgrade(app: &TestApp, ada: &Learner, id: &str) -> Declined {
    app.set_card(id, FAILING_CARD).await;
    let refused = ada.post(CHANGE, plus_year()).await;
    refused.expect_problem(402, "payment_required");
    app.set_card(id, "visa").await;
    let page = refused.body["hosted_invoice_url"].as_str().unwrap().to_owned();
    let invoice = app.subscription_at_stripe(id).await["latest_invoice"].as_str().unwrap().to_owned();
    Declined { page, invoice }
}

/// Panics unless the upgrade cannot be paid any more.
async fn check_withdrawn(app: &TestApp, id: &str, declined: &Declined) {
    let at_stripe = app.subscription_at_stripe(id).await;
    assert_eq!(at_stripe["pending_update"], Value::Null, "{at_stripe}");
    let invoice = app.stripe_get(&format!("/v1/invoices/{}", declined.invoice)).await;
    assert_eq!(invoice["status"], "void");
    let paid = app.pay_invoice_page(&declined.page, VALID_CARD).await;
    assert_ne!(paid, StatusCode::SEE_OTHER, "its page takes no payment");
    app.settle().await;
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_downgrade_takes_the_place_of_a_declined_upgrade() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "plus", "trial_days": 0})).await;
    let declined = decline_upgrade(&app, &ada, &id).await;
    let changed = ada.change_plan(json!({"plan_id": "premium"})).await;
    assert_eq!((&changed["scheduled_change"]["plan"], &changed["payment_problem"]), (&json!("premium"), &Value::Null));
    check_withdrawn(&app, &id, &declined).await;
    app.advance(32 * DAY).await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["plan"], &shown["interval"]), (&json!("premium"), &json!("month")));
}

#[tokio::test]
async fn a_cancellation_takes_the_place_of_a_declined_upgrade() {
    for request in [json!({}), json!({"immediately": true})] {
        let app = TestApp::start().await;
        let ada = app.as_learner("ada").await;
        let id = ada.subscribe(premium()).await;
        let declined = decline_upgrade(&app, &ada, &id).await;
        let canceled = ada.post(CANCEL, &request).await.expect(200);
        assert_eq!(canceled["payment_problem"], Value::Null, "{canceled}");
        check_withdrawn(&app, &id, &declined).await;
        app.advance(32 * DAY).await;
        assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    }
}

#[tokio::test]
async fn a_cancellation_that_is_repeated_withdraws_a_declined_upgrade_too() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    let declined = decline_upgrade(&app, &ada, &id).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    check_withdrawn(&app, &id, &declined).await;
}

#[tokio::test]
async fn resuming_takes_the_place_of_a_declined_upgrade() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    ada.post(CANCEL, json!({})).await.expect(200);
    let declined = decline_upgrade(&app, &ada, &id).await;
    let resumed = ada.post(RESUME, json!({})).await.expect(200);
    assert_eq!((&resumed["plan"], &resumed["cancel_at"]), (&json!("premium"), &Value::Null));
    check_withdrawn(&app, &id, &declined).await;

    // A change that waits for its payment is taken back as a scheduled one is.
    let declined = decline_upgrade(&app, &ada, &id).await;
    let resumed = ada.post(RESUME, json!({})).await.expect(200);
    assert_eq!(resumed["payment_problem"], Value::Null);
    check_withdrawn(&app, &id, &declined).await;
    ada.post(RESUME, json!({})).await.expect_problem(409, "not_canceling");
}

#[tokio::test]
async fn a_change_to_the_present_plan_withdraws_a_declined_upgrade() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let present = json!({"plan_id": "premium"});
    let declined = decline_upgrade(&app, &ada, &id).await;
    let changed = ada.change_plan(&present).await;
    assert_eq!((&changed["plan"], &changed["payment_problem"]), (&json!("premium"), &Value::Null));
    check_withdrawn(&app, &id, &declined).await;
    ada.post(CHANGE, &present).await.expect_problem(409, "same_plan");
    assert_eq!(app.invoices_at_stripe(&id).await.iter().filter(|invoice| invoice["status"] == "paid").count(), 1);
}

#[tokio::test]
async fn another_upgrade_takes_the_place_of_a_declined_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let declined = decline_upgrade(&app, &ada, &id).await;
    let changed = ada.change_plan(plus()).await;
    assert_eq!((&changed["plan"], &changed["interval"]), (&json!("plus"), &json!("month")));
    check_withdrawn(&app, &id, &declined).await;
}

#[tokio::test]
async fn the_end_by_a_lost_dispute_takes_the_place_of_a_declined_upgrade() {
    for canceled in [false, true] {
        let app = TestApp::start().await;
        let ada = app.as_learner("ada").await;
        let id = ada.subscribe(premium()).await;
        let first = app.last_payment_intent("payment_intent.succeeded").await;
        app.advance(32 * DAY).await;
        if canceled {
            ada.post(CANCEL, json!({})).await.expect(200);
        }
        let dispute = app.dispute(&first, "chargeback").await;
        let declined = decline_upgrade(&app, &ada, &id).await;
        app.test_action(&format!("disputes/{dispute}/lost")).await;
        assert_eq!(app.subscription_at_stripe(&id).await["cancel_at_period_end"], true);
        check_withdrawn(&app, &id, &declined).await;
    }
}

/// Two families with trials: an operator changes the second trial to a paid plan, and the card is declined.
#[tokio::test]
async fn the_end_of_a_second_trial_takes_the_place_of_a_declined_upgrade() {
    let yaml = CATALOG_YAML.replace("    name: Plus\n", "    name: Plus\n    family: coaching\n    trial_days: 7\n");
    let app = TestApp::start_with_catalog(&yaml).await;
    let ada = app.as_learner("ada").await;
    let pages =
        [ada.checkout_with(json!({"plan_id": "premium"})).await, ada.checkout_with(json!({"plan_id": "plus"})).await];
    app.hold_webhooks();
    for page in &pages {
        assert_eq!(app.pay(page, VALID_CARD).await, StatusCode::SEE_OTHER);
        app.stack.stand_in().unwrap().advance(SECOND).unwrap();
    }
    let second = app.subscription_of(&pages[1]).await;
    let customer = app.subscription_at_stripe(&second).await["customer"].as_str().unwrap().to_owned();
    let attach = format!("/v1/payment_methods/pm_card_{FAILING_CARD}/attach");
    let card = app.stripe_post(&attach, &[("customer", &customer)]).await;
    let path = format!("/v1/subscriptions/{second}");
    app.stripe_post(&path, &[("default_payment_method", card["id"].as_str().unwrap())]).await;
    let form = [("trial_end", "now"), ("payment_behavior", "pending_if_incomplete")];
    let waiting = app.stripe_post(&path, &form).await;
    assert!(waiting["pending_update"].is_object(), "{waiting}");
    let invoice = waiting["latest_invoice"].as_str().unwrap();

    app.release_webhooks();
    app.settle().await;
    assert_eq!(app.subscription_at_stripe(&second).await["status"], "canceled");
    assert_eq!(app.stripe_get(&format!("/v1/invoices/{invoice}")).await["status"], "void");
    assert_eq!(app.failures().await, []);
}

/// Money that is on its way cannot be called back.
#[tokio::test]
async fn an_upgrade_whose_payment_is_processing_is_not_withdrawn() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let declined = decline_upgrade(&app, &ada, &id).await;
    let debit = app.pay_invoice_by_debit(&id, &declined.invoice).await;
    let void = format!("/v1/invoices/{}/void", declined.invoice);
    app.stripe_request(Method::POST, &void, &[]).await.expect(400);
    for (route, body) in [
        (CANCEL, json!({})),
        (CANCEL, json!({"immediately": true})),
        (RESUME, json!({})),
        (CHANGE, json!({"plan_id": "premium"})),
        (CHANGE, plus()),
    ] {
        let refused = ada.post(route, &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "payment_pending"), "{route} {body}");
    }
    app.test_action(&format!("bank_debits/{debit}/succeed")).await;
    let shown = ada.subscription().await;
    assert_eq!((&shown["plan"], &shown["interval"]), (&json!("plus"), &json!("year")));
}
