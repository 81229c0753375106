//! Shows that a period which an operator began in the Dashboard gives access when its own invoice is paid, whatever else is paid.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::cards::FAILING_CARD;
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// The price of a plan by the year.
async fn yearly_price(learner: &Learner, plan: &str) -> String {
    let catalog = learner.get("/catalog").await.expect(200);
    let plan = catalog["plans"].as_array().unwrap().iter().find(|one| one["id"] == plan).unwrap();
    let is_wanted = |price: &&Value| price["interval"] == "year" && price["currency"] == "usd";
    plan["prices"].as_array().unwrap().iter().find(is_wanted).unwrap()["price_id"].as_str().unwrap().to_owned()
}

/// Moves the subscription to the price and charges the difference at once. It is moved even if the charge fails.
async fn change_in_the_dashboard(app: &TestApp, subscription: &str, price: &str) {
    let found = app.subscription_at_stripe(subscription).await;
    let form = [
        ("items[0][id]", found["items"]["data"][0]["id"].as_str().unwrap()),
        ("items[0][price]", price),
        ("payment_behavior", "allow_incomplete"),
        ("proration_behavior", "always_invoice"),
    ];
    app.update_subscription(subscription, &form).await;
}

/// Pays the one invoice that is open.
async fn pay_open_invoice(app: &TestApp, subscription: &str) {
    let invoices = app.invoices_at_stripe(subscription).await;
    let open: Vec<&Value> = invoices.iter().filter(|invoice| invoice["status"] == "open").collect();
    assert_eq!(open.len(), 1, "{invoices:?}");
    let path = format!("/v1/invoices/{}/pay", open[0]["id"].as_str().unwrap());
    assert_eq!(app.stripe_post(&path, &[]).await["status"], "paid");
    app.settle().await;
}

/// The month that was paid for contains the beginning of the year, too.
#[tokio::test]
async fn a_year_that_is_not_paid_is_closed_though_another_change_in_it_is_paid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(premium()).await;
    app.advance(2 * DAY).await;
    app.set_card(&subscription, FAILING_CARD).await;
    change_in_the_dashboard(&app, &subscription, &yearly_price(&ada, "premium").await).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");

    app.set_card(&subscription, "visa").await;
    change_in_the_dashboard(&app, &subscription, &yearly_price(&ada, "plus").await).await;
    assert_eq!(app.subscription_at_stripe(&subscription).await["status"], "active", "at Stripe");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_payment_pending");

    pay_open_invoice(&app, &subscription).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

/// The invoice of the trial, which asked for nothing, contains the beginning of the year, too.
#[tokio::test]
async fn the_year_after_a_trial_that_was_ended_early_is_closed_until_it_is_paid() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(json!({"plan_id": "premium", "interval": "year"})).await;
    app.advance(2 * DAY).await;
    app.set_card(&subscription, FAILING_CARD).await;
    let form = [("trial_end", "now"), ("payment_behavior", "allow_incomplete")];
    app.update_subscription(&subscription, &form).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscription_past_due");

    app.set_card(&subscription, "visa").await;
    change_in_the_dashboard(&app, &subscription, &yearly_price(&ada, "plus").await).await;
    assert_eq!(app.subscription_at_stripe(&subscription).await["status"], "active", "at Stripe");
    assert_eq!(ada.access_reason(COURSE).await, "subscription_payment_pending");

    pay_open_invoice(&app, &subscription).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}
