//! Shows how a plan is bought, and what it opens.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::cards::{DECLINED_CARD, VALID_CARD};
use crate::support::catalog::COURSE;

#[tokio::test]
async fn a_plan_opens_its_courses_and_no_others() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(premium()).await;

    let access = ada.access(COURSE).await;
    assert_eq!(access["because"]["reason"], "subscribed");
    assert_eq!(access["because"]["product"], "premium");
    assert_eq!(access["because"]["source"], subscription.as_str());
    assert_eq!(access["because"]["status"], "active");
    assert!(access["until"].is_string(), "{access}");
    assert_eq!(ada.access_reason("ai-engineer-track").await, "not_purchased");
    assert_eq!(ada.get("/entitlements/premium").await.expect(200)["has_access"], true);
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_declined_card_opens_nothing_and_the_same_page_takes_another_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay(&checkout, DECLINED_CARD).await, StatusCode::PAYMENT_REQUIRED);
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "not_purchased");
    assert_eq!(ada.checkout_with(premium()).await.session, checkout.session);
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_family_has_one_open_checkout_and_one_live_subscription() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let monthly = ada.checkout_with(premium()).await;
    assert_eq!(ada.checkout_with(premium()).await.session, monthly.session, "a second tab");
    let other = ada.checkout_with(json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!(ada.return_page(&monthly.session).await.expect(200)["status"], "expired");

    assert_eq!(app.pay(&other, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    for request in [premium(), json!({"plan_id": "plus"})] {
        let refused = ada.post("/checkout/sessions", &request).await;
        refused.expect_problem(409, "already_owned");
        assert!(refused.body["detail"].as_str().unwrap().contains("/billing/portal"));
    }
    // What a plan opens can still be bought for good.
    ada.checkout(COURSE).await;
}

#[tokio::test]
async fn a_purchase_stays_open_after_the_subscription_has_ended() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let subscription = ada.subscribe(premium()).await;
    ada.buy(COURSE).await;
    app.cancel_at_stripe(&subscription).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(ada.access_reason("fine-tuning").await, "subscription_ended");
}

#[tokio::test]
async fn a_plan_sold_outside_of_our_checkout_waits_for_an_operator() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let ours = ada.checkout_with(premium()).await;
    let price = app.price_of_session(&ours.session).await;
    let sold = app.create_session("subscription", &price, &[]).await;
    assert_eq!(app.pay(&sold, VALID_CARD).await, StatusCode::SEE_OTHER);

    for kind in ["customer.subscription.created", "checkout.session.completed"] {
        let event = app.last_event(kind).await;
        assert_eq!(app.deliver(&event).await.expect(200)["outcome"], "unassigned", "{kind}");
    }
    let paid = app.last_event("invoice.paid").await;
    assert_eq!(app.deliver(&paid).await.expect(200)["outcome"], "not_ours");
    assert!(app.failures().await.iter().all(|failure| failure.code == "unassigned_sale"));
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 0);
}

#[tokio::test]
async fn when_a_customer_is_deleted_the_subscription_ends_and_a_new_customer_can_subscribe() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let profile = app.rows_of("USER#", "PROFILE").await.remove(0);
    let customer = profile["customer"].as_str().unwrap();

    app.stripe_delete(&format!("/v1/customers/{customer}")).await;
    app.settle().await;

    let profile = app.rows_of("USER#", "PROFILE").await.remove(0);
    assert_eq!((profile.get("customer"), &profile["former_customer"]), (None, &json!(customer)));
    assert_eq!(ada.access_reason(COURSE).await, "subscription_ended");
    ada.subscribe(premium()).await;
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}
