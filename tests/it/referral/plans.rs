//! Shows that a plan earns credit with its first invoice that costs something, once.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;

#[tokio::test]
async fn the_first_paid_invoice_counts_and_its_refund_takes_the_credit_back() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let code = ada.referral_code().await;
    let request = json!({"plan_id": "premium", "currency": "usd", "trial_days": 0, "referral_code": code});
    let checkout = grace.checkout_with(request).await;
    app.pay(&checkout, VALID_CARD).await;
    app.settle().await;

    let payment = grace.payments().await.remove(0);
    let credit = payment["amount"].as_i64().unwrap() / 4;
    assert!(credit > 0, "{payment}");
    assert_eq!(ada.credit().await, (credit, credit, 0));
    assert_eq!(app.rows_of("USER#", "REFERRAL#in_").await.len(), 1, "it is keyed by the invoice");

    let request = grace.refund_request(payment["id"].as_str().unwrap()).await;
    app.as_operator("olga").await.approve(&request, json!({})).await.expect(200);
    app.settle().await;
    assert_eq!(ada.credit().await, (0, 0, 0));
    assert_eq!(ada.only_referral().await.0, "reversed");
}
