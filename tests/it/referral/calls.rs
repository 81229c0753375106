//! Shows how many calls a referral takes: one more read for a referred purchase, still one transaction, and one Query to show all.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::{OTHER_CARD, VALID_CARD};
use crate::support::catalog::COURSE;

#[tokio::test]
async fn a_referred_purchase_takes_one_more_read_and_stays_one_transaction() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let request = json!({"course_id": COURSE, "referral_code": ada.referral_code().await});
    proxy.reset();
    ada.referrals().await;
    assert_eq!(proxy.calls(), ["Query"]);

    app.hold_webhooks();
    let checkout = grace.checkout_with(request).await;
    app.pay(&checkout, VALID_CARD).await;
    let completed = app.events("checkout.session.completed").await.remove(0);
    proxy.reset();
    app.deliver(&completed).await.expect(200);
    assert_eq!(proxy.calls(), ["Query", "GetItem", "TransactWriteItems"]);
    assert_eq!(proxy.transactions().len(), 1);
    proxy.reset();
    app.deliver(&completed).await.expect(200);
    assert!(!proxy.calls().contains(&"GetItem".to_owned()), "redelivered: {:?}", proxy.calls());
}

#[tokio::test]
async fn only_a_referred_purchase_asks_stripe_about_cards() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.buy("fine-tuning").await;
    let code = ada.referral_code().await;
    let of_charges = |calls: Vec<String>| calls.into_iter().filter(|call| call.starts_with("GET /v1/charges")).count();
    assert_eq!(of_charges(stripe.calls()), 0);
    app.hold_webhooks();
    let checkout = grace.checkout_with(json!({"course_id": COURSE, "referral_code": code})).await;
    app.pay(&checkout, OTHER_CARD).await;
    let bought = app.payment_intent_of(&checkout.session).await;
    let completed = app.events("checkout.session.completed").await;
    let is_bought = |event: &&serde_json::Value| event["data"]["object"]["payment_intent"] == bought.as_str();
    let completed = completed.iter().find(is_bought).unwrap();
    stripe.reset();
    app.deliver(completed).await.expect(200);
    assert_eq!(of_charges(stripe.calls()), 2);
    stripe.reset();
    app.deliver(completed).await.expect(200);
    assert_eq!(of_charges(stripe.calls()), 0, "redelivered");
}
