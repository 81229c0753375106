//! Shows that a change is charged what its preview said, or not at all.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::{CHANGE, PREVIEW, plus, premium};
use crate::support::learner::Learner;
use crate::support::time::DAY;

/// The change, with the preview's date and amount.
fn as_previewed(request: &Value, preview: &Value) -> Value {
    let mut request = request.clone();
    request["proration_date"] = preview["proration_date"].clone();
    request["amount_due"] = preview["amount_due"].clone();
    request
}

/// Panics unless the change is refused because the preview does not hold any more, and charges nothing.
async fn check_expired(app: &TestApp, id: &str, ada: &Learner, request: &Value) {
    let invoices = app.invoices_at_stripe(id).await.len();
    let refused = ada.post(CHANGE, request).await;
    refused.expect_problem(409, "preview_expired");
    assert_eq!(refused.body["field"], "amount_due", "{}", refused.body);
    assert_eq!(app.invoices_at_stripe(id).await.len(), invoices, "nothing was charged");
}

#[tokio::test]
async fn a_change_with_the_amount_of_its_preview_is_charged_that_amount() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    app.advance(10 * DAY).await;
    let preview = ada.post(PREVIEW, plus()).await.expect(200);
    let changed = ada.change_plan(as_previewed(&plus(), &preview)).await;
    assert_eq!(changed["plan"], "plus");
    assert_eq!(app.invoices_at_stripe(&id).await[0]["amount_paid"], preview["amount_due"]);

    // A downgrade costs nothing now.
    let premium = json!({"plan_id": "premium"});
    let preview = ada.post(PREVIEW, &premium).await.expect(200);
    let changed = ada.change_plan(as_previewed(&premium, &preview)).await;
    assert_eq!(changed["scheduled_change"]["plan"], "premium");
}

/// Without a named interval the present one counts, and that may have changed since the preview.
#[tokio::test]
async fn a_preview_does_not_hold_after_the_interval_was_changed_in_the_trial() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(json!({"plan_id": "premium"})).await;
    let preview = ada.post(PREVIEW, plus()).await.expect(200);
    assert_eq!(preview["amount_due"], 3_900);
    ada.change_plan(json!({"plan_id": "premium", "interval": "year"})).await;
    check_expired(&app, &id, &ada, &as_previewed(&plus(), &preview)).await;
}

#[tokio::test]
async fn a_preview_does_not_hold_after_a_discount_was_added() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let year = json!({"plan_id": "plus", "interval": "year"});
    let preview = ada.post(PREVIEW, &year).await.expect(200);
    let coupon = app.stripe_post("/v1/coupons", &[("percent_off", "50"), ("duration", "forever")]).await;
    app.update_subscription(&id, &[("discounts[0][coupon]", coupon["id"].as_str().unwrap())]).await;
    check_expired(&app, &id, &ada, &as_previewed(&year, &preview)).await;
    let preview = ada.post(PREVIEW, &year).await.expect(200);
    ada.change_plan(as_previewed(&year, &preview)).await;
    assert_eq!(app.invoices_at_stripe(&id).await[0]["amount_paid"], preview["amount_due"]);
}

#[tokio::test]
async fn a_preview_of_one_plan_does_not_hold_for_another_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(premium()).await;
    let month = ada.post(PREVIEW, plus()).await.expect(200);
    let year = json!({"plan_id": "plus", "interval": "year"});
    check_expired(&app, &id, &ada, &as_previewed(&year, &month)).await;

    // What was previewed for the period's end is not charged at once, nor the other way round.
    ada.change_plan(as_previewed(&plus(), &month)).await;
    let later = ada.post(PREVIEW, json!({"plan_id": "premium"})).await.expect(200);
    let free = as_previewed(&year, &later);
    check_expired(&app, &id, &ada, &free).await;
    check_expired(&app, &id, &ada, &json!({"plan_id": "premium", "amount_due": 3_900})).await;
}
