//! Shows that refunds close what they paid for when all of the money went back.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::{COURSE, PRICE_USD};

#[tokio::test]
async fn a_full_refund_closes_the_course() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;

    app.refund(&intent, &[]).await;

    assert_eq!(ada.access_reason(COURSE).await, "refunded");
    let changes: Vec<_> = ada
        .transitions()
        .await
        .into_iter()
        .filter(|transition| transition["effect"] == "purchase_status_changed")
        .collect();
    assert_eq!(changes.len(), 2, "opened once, closed once: {changes:?}");
}

#[tokio::test]
async fn partial_refunds_close_the_course_only_when_they_add_up_to_its_price() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;

    app.refund(&intent, &[("amount", "2000")]).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    app.refund(&intent, &[("amount", &(PRICE_USD - 2_001).to_string())]).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    app.refund(&intent, &[("amount", "1")]).await;
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}

#[tokio::test]
async fn refunds_beyond_stripes_first_page_are_added_up_too() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    for _ in 0..12 {
        app.refund(&intent, &[("amount", "400")]).await;
    }
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    app.refund(&intent, &[("amount", "100")]).await;
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}

#[tokio::test]
async fn a_refund_that_fails_later_opens_the_course_again() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.buy(COURSE).await;
    let refund = app.refund(&intent, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "refunded");

    app.test_action(&format!("refunds/{refund}/fail")).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn a_refund_or_a_dispute_closes_only_the_course_it_paid_for() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let search = ada.buy(COURSE).await;
    let tuning = ada.buy("fine-tuning").await;
    ada.buy("ai-in-4-weekends").await;

    app.refund(&search, &[]).await;
    app.dispute(&tuning, "chargeback").await;

    assert_eq!(ada.access_reason(COURSE).await, "refunded");
    assert_eq!(ada.access_reason("fine-tuning").await, "disputed");
    assert_eq!(ada.access_reason("ai-in-4-weekends").await, "purchased");
}

#[tokio::test]
async fn a_course_that_two_purchases_open_stays_open_when_one_is_refunded() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let single = ada.buy(COURSE).await;
    ada.buy_bundle("practice-bundle").await;
    assert_eq!(ada.access_reason("fine-tuning").await, "purchased");

    app.refund(&single, &[]).await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased", "the bundle still opens it");
    let entitlements = ada.get("/entitlements").await.expect(200);
    let has = |product: &str| {
        let items = entitlements["items"].as_array().unwrap();
        items.iter().find(|item| item["product"] == product).unwrap()["has_access"].clone()
    };
    assert_eq!((has(COURSE), has("practice-bundle")), (json!(false), json!(true)));
}
