//! Shows automatic refunds: the first one within the policy, and no other.

use local::Options;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, premium};
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;
use crate::support::time::DAY;

fn options() -> Options {
    Options::ephemeral().with_variable("REFUND_AUTOMATIC", "true").with_variable("REFUND_MAX_PROGRESS", "30")
}

async fn start() -> (TestApp, Learner) {
    let app = TestApp::start_with(options()).await;
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
async fn of_requests_at_the_same_time_one_is_automatic() {
    let (app, stripe) = TestApp::start_with_stripe_proxy_and(options()).await;
    let ada = app.as_learner("ada").await;
    // Two first periods of one family.
    let premium_id = ada.subscribe(premium()).await;
    ada.post(CANCEL, json!({"immediately": true})).await.expect(200);
    app.settle().await;
    let plus_id = ada.subscribe(json!({"plan_id": "plus", "trial_days": 0})).await;
    assert_ne!(premium_id, plus_id);
    let payments = ada.payments().await;
    let of = |plan: &str| payments.iter().find(|payment| payment["product"] == plan).unwrap()["id"].as_str().unwrap();
    // The first one is stopped under the lock, until the second has read that nothing was approved.
    let mut gate = stripe.hold(&format!("GET /v1/subscriptions/{premium_id}"));
    let second_after_first = async {
        gate.arrived(1).await;
        let second = ada.ask_for_refund(of("plus"));
        let release = async {
            while ada.get("/billing/refund-requests").await.expect(200)["items"].as_array().unwrap().len() < 2 {
                tokio::task::yield_now().await;
            }
            gate.release();
        };
        tokio::join!(second, release).0
    };
    let (first, second) = tokio::join!(ada.ask_for_refund(of("premium")), second_after_first);
    assert_eq!((&first.expect(201)["status"], &second.expect(201)["status"]), (&json!("approved"), &json!("open")));
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
