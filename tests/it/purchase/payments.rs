//! Shows that a course opens when its checkout is paid, and not before.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::{DECLINED_CARD, VALID_CARD};
use crate::support::catalog::COURSE;
use crate::support::hosted_page::Checkout;

#[tokio::test]
async fn a_learner_pays_and_the_course_opens() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.access_reason(COURSE).await, "not_purchased");

    let intent = ada.buy(COURSE).await;

    let access = ada.access(COURSE).await;
    assert_eq!(access["has_access"], true);
    assert_eq!(access["because"]["reason"], "purchased");
    assert_eq!(access["because"]["source"], json!(intent));
    assert_eq!(ada.access_reason("fine-tuning").await, "not_purchased", "nothing else opened");
    let grace = app.as_learner("grace").await;
    assert_eq!(grace.access_reason(COURSE).await, "not_purchased", "and for nobody else");
    assert!(app.failures().await.is_empty());
}

#[tokio::test]
async fn a_free_course_is_open_without_a_purchase() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.access_reason("prompting-basics").await, "free_course");
}

#[tokio::test]
async fn a_declined_card_buys_nothing_and_the_same_page_takes_another_card() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout(COURSE).await;

    assert_ne!(app.pay(&checkout, DECLINED_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "not_purchased");
    assert!(app.rows_of("USER#", "ACCESS#").await.is_empty());

    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn a_bank_debit_opens_the_course_when_its_money_arrives() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout(COURSE).await;
    assert_eq!(app.pay_by_debit(&checkout).await, StatusCode::SEE_OTHER);
    app.settle().await;

    assert_eq!(ada.access_reason(COURSE).await, "payment_pending");
    let shown = ada.return_page(&checkout.session).await.expect(200);
    assert_eq!(shown, json!({"status": "complete", "payment_status": "unpaid", "fulfilled": false}));
    let again = ada.post("/checkout/sessions", json!({"course_id": COURSE})).await;
    again.expect_problem(409, "payment_pending");

    let intent = app.payment_intent_of(&checkout.session).await;
    app.test_action(&format!("bank_debits/{intent}/succeed")).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn after_a_failed_bank_debit_the_course_can_be_bought_again() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout(COURSE).await;
    app.pay_by_debit(&checkout).await;
    let intent = app.payment_intent_of(&checkout.session).await;
    app.test_action(&format!("bank_debits/{intent}/fail")).await;

    assert_eq!(ada.access_reason(COURSE).await, "payment_failed");
    ada.buy(COURSE).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn an_async_payment_opens_the_course_even_if_its_event_arrives_first() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout(COURSE).await;
    app.pay_by_debit(&checkout).await;
    let intent = app.payment_intent_of(&checkout.session).await;
    app.test_action(&format!("bank_debits/{intent}/succeed")).await;

    let late = &app.events("checkout.session.completed").await[0];
    assert_eq!(late["data"]["object"]["payment_status"], "unpaid");
    let first = &app.events("checkout.session.async_payment_succeeded").await[0];
    app.deliver(first).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    app.deliver(late).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn a_purchase_that_cost_nothing_is_identified_by_its_session() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    app.create_promotion_code("FRIENDS", "100", &[]).await;

    let request = json!({"course_id": COURSE, "promotion_code": "FRIENDS"});
    let checkout = Checkout::of_answer(&ada.post("/checkout/sessions", request).await.expect(201));
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;

    let access = ada.access(COURSE).await;
    assert_eq!(access["because"]["source"], json!(checkout.session));
    let fact = &app.rows_of("USER#", "ACCESS#").await[0];
    assert_eq!(fact["charged"], json!({"amount": 0, "currency": "usd"}));
}
