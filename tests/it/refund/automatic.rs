//! Shows automatic refunds: the first one within the policy, and no other.

use local::Options;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::time::DAY;

async fn start() -> (TestApp, Learner) {
    let options = Options::ephemeral().with_variable("REFUND_AUTOMATIC", "true");
    let app = TestApp::start_with(options.with_variable("REFUND_MAX_PROGRESS", "30")).await;
    let ada = app.as_learner("ada").await;
    (app, ada)
}

#[tokio::test]
async fn the_first_refund_of_a_product_is_automatic_and_the_second_is_not() {
    let (app, ada) = start().await;
    let intent = ada.buy(COURSE).await;
    let made = ada.ask_for_refund(&intent).await.expect(201);
    assert_eq!(made["status"], "approved");
    app.settle().await;
    assert_eq!(ada.request_status(&intent).await, "refunded");
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
    let changes = ada.transitions().await;
    let approval = changes.iter().find(|change| change["to"] == "approved").unwrap();
    assert_eq!(approval["by"], "policy");

    let again = ada.buy(COURSE).await;
    assert_eq!(ada.ask_for_refund(&again).await.expect(201)["status"], "open");
    let other = ada.buy("fine-tuning").await;
    assert_eq!(ada.ask_for_refund(&other).await.expect(201)["status"], "approved");
}

#[tokio::test]
async fn a_renewal_waits_for_an_operator() {
    let (app, ada) = start().await;
    ada.subscribe(premium()).await;
    app.advance(32 * DAY).await;
    let renewal = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ada.ask_for_refund(&renewal).await.expect(201)["status"], "open");
}

#[tokio::test]
async fn the_first_period_of_a_plan_is_refunded_and_its_subscription_ends() {
    let (app, ada) = start().await;
    let id = ada.subscribe(premium()).await;
    let first = ada.payments().await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ada.ask_for_refund(&first).await.expect(201)["status"], "approved");
    app.settle().await;
    assert_eq!(app.subscription_at_stripe(&id).await["status"], "canceled");
    ada.subscribe(json!({"plan_id": "plus", "trial_days": 0})).await;
    let payments = ada.payments().await;
    let plus = payments.iter().find(|payment| payment["product"] == "plus").unwrap()["id"].as_str().unwrap();
    assert_eq!(ada.ask_for_refund(plus).await.expect(201)["status"], "open", "another plan of the same family");
    assert_ne!(payments[0]["refundable"], Value::Null);
}
