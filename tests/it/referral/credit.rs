//! Shows that a referred purchase earns credit once, which is held, and follows the money.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::{COURSE, PRICE_USD};
use crate::support::time::{DAY, SECOND};

const CREDIT: i64 = PRICE_USD / 4;

#[tokio::test]
async fn a_purchase_earns_a_quarter_which_is_held_for_fifteen_days() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    ada.refer(&grace, COURSE).await;

    assert_eq!(ada.credit().await, (CREDIT, CREDIT, 0));
    assert_eq!(ada.only_referral().await.0, "confirmed");
    app.advance(14 * DAY).await;
    assert_eq!(ada.credit().await, (CREDIT, CREDIT, 0));
    app.advance(DAY).await;
    assert_eq!(ada.credit().await, (CREDIT, 0, CREDIT));
    assert_eq!(ada.only_referral().await.0, "credited");
    assert_eq!(grace.credit().await, (0, 0, 0), "the buyer earns nothing");
    let history = ada.get("/referrals/history").await.body.to_string();
    assert!(!history.contains("grace") && !history.contains(&grace.user) && !history.contains("pi_"), "{history}");
}

#[tokio::test]
async fn redelivered_events_and_the_return_page_earn_it_once() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let request = json!({"course_id": COURSE, "currency": "usd", "referral_code": ada.referral_code().await});
    app.hold_webhooks();
    let checkout = grace.checkout_with(request).await;
    app.pay(&checkout, VALID_CARD).await;
    let pages = futures_util::future::join_all((0..10).map(|_| grace.return_page(&checkout.session))).await;
    assert!(pages.iter().any(|page| page.status.is_success()));
    app.release_webhooks();
    app.settle().await;
    assert_eq!(ada.credit().await, (CREDIT, CREDIT, 0));
    assert_eq!(app.rows_of("USER#", "REFERRAL#").await.len(), 1);
    assert_eq!(app.rows_of("USER#", "ACCESS_REFERRED").await.len(), 1);
}

#[tokio::test]
async fn refunds_take_their_share_and_a_refund_that_fails_brings_it_back() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let intent = ada.refer(&grace, COURSE).await;
    app.refund(&intent, &[("amount", "2000")]).await;
    let left = (PRICE_USD - 2_000) / 4;
    assert_eq!(ada.credit().await, (left, left, 0));
    let rest = app.refund(&intent, &[]).await;
    assert_eq!(ada.credit().await, (0, 0, 0));
    assert_eq!(ada.only_referral().await.0, "reversed");
    app.test_action(&format!("refunds/{rest}/fail")).await;
    assert_eq!(ada.credit().await, (left, left, 0));
}

#[tokio::test]
async fn a_dispute_suspends_the_credit_until_it_is_won_and_reverses_it_when_it_is_lost() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let intent = ada.refer(&grace, COURSE).await;
    app.advance(15 * DAY).await;
    let first = app.dispute(&intent, "chargeback").await;
    assert_eq!(ada.credit().await, (0, 0, 0));
    assert_eq!(ada.only_referral().await.0, "confirmed");
    app.test_action(&format!("disputes/{first}/won")).await;
    assert_eq!(ada.credit().await, (CREDIT, 0, CREDIT));
    let second = app.dispute(&intent, "chargeback").await;
    app.test_action(&format!("disputes/{second}/lost")).await;
    assert_eq!(ada.credit().await, (0, 0, 0));
    assert_eq!(ada.only_referral().await.0, "reversed");
}

#[tokio::test]
async fn a_refund_request_holds_the_credit_until_it_is_withdrawn() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let intent = ada.refer(&grace, COURSE).await;
    let request = grace.refund_request(&intent).await;
    app.advance(30 * DAY).await;
    assert_eq!(ada.credit().await, (CREDIT, CREDIT, 0));
    grace.withdraw(&request).await.expect(200);
    assert_eq!(ada.credit().await, (CREDIT, 0, CREDIT));
}

#[tokio::test]
async fn an_approved_refund_request_takes_the_credit_back() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let intent = ada.refer(&grace, COURSE).await;
    let request = grace.refund_request(&intent).await;
    app.as_operator("olga").await.approve(&request, json!({"amount": 1_000})).await.expect(200);
    app.settle().await;
    let left = (PRICE_USD - 1_000) / 4;
    assert_eq!(ada.credit().await, (left, left, 0));
    app.advance(15 * DAY).await;
    assert_eq!(ada.credit().await, (left, 0, left), "the request is settled");
}

#[tokio::test]
async fn a_bank_debit_is_pending_until_it_arrives_and_earns_nothing_if_it_fails() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let code = ada.referral_code().await;
    for (course, end, state, credit) in
        [(COURSE, "fail", "rejected", 0), ("fine-tuning", "succeed", "confirmed", 7_900 / 4)]
    {
        let request = json!({"course_id": course, "currency": "usd", "referral_code": code});
        let checkout = grace.checkout_with(request).await;
        app.pay_by_debit(&checkout).await;
        app.settle().await;
        assert_eq!(ada.credit().await, (0, 0, 0));
        let states = |history: serde_json::Value| history["items"][0]["state"].clone();
        assert_eq!(states(ada.get("/referrals/history").await.expect(200)), "pending");
        let intent = app.payment_intent_of(&checkout.session).await;
        app.test_action(&format!("bank_debits/{intent}/{end}")).await;
        assert_eq!(states(ada.get("/referrals/history").await.expect(200)), state);
        assert_eq!(ada.credit().await, (credit, credit, 0));
        // Times of one second have no order.
        app.advance(SECOND).await;
    }
}

#[tokio::test]
async fn a_bank_debit_that_arrives_after_another_purchase_counted_is_rejected() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let code = ada.referral_code().await;
    let request = json!({"course_id": "fine-tuning", "currency": "usd", "referral_code": code});
    let debited = grace.checkout_with(request).await;
    app.pay_by_debit(&debited).await;
    app.settle().await;
    app.advance(SECOND).await;
    grace.buy_with_code(COURSE, &code, VALID_CARD).await;
    let intent = app.payment_intent_of(&debited.session).await;
    app.test_action(&format!("bank_debits/{intent}/succeed")).await;
    let history = ada.get("/referrals/history").await.expect(200);
    let states: Vec<_> = history["items"].as_array().unwrap().iter().map(|item| item["state"].clone()).collect();
    assert_eq!(states, ["confirmed", "rejected"]);
    assert_eq!(ada.credit().await, (CREDIT, CREDIT, 0));
}
