//! Shows a whole conversation: a learner reaches a limit in a GPT, buys a plan on Stripe's page, and goes on.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::gpt::Gpt;
use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::hosted_page::Checkout;

const COURSE: &str = "ai-in-4-weekends";
const METER: &str = "scenarios";

#[tokio::test]
async fn a_gpt_sells_a_plan_when_a_limit_is_reached() {
    let app = TestApp::start().await;
    let gpt = Gpt::of(app.as_learner_in_chatgpt("ada").await);
    let premium = what_is_offered(&gpt).await;
    use_up_the_free_plan(&gpt).await;
    let checkout = open_the_payment_page(&gpt, &premium).await;

    // The learner follows the link, and comes back to the conversation.
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    app.settle().await;

    let session = gpt.call("show_session", json!({"id": checkout.session})).await.expect(200);
    assert_eq!((&session["status"], &session["fulfilled"]), (&json!("complete"), &json!(true)));
    go_on_with_the_plan(&gpt, &premium).await;
    let portal = gpt.call("open_portal", json!({})).await.expect(200);
    let page = app.http.get(portal["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
}

/// The plan that is to be sold, as the catalog shows it.
async fn what_is_offered(gpt: &Gpt) -> Value {
    let catalog = gpt.call("show_catalog", json!({})).await.expect(200);
    let subscription = gpt.call("show_subscription", json!({})).await.expect(200);
    assert_eq!((&subscription["plan"], &subscription["status"]), (&json!("free"), &Value::Null));
    let access = gpt.call("check_access", json!({"id": COURSE})).await.expect(200);
    assert_eq!((&access["has_access"], &access["because"]["reason"]), (&json!(false), &json!("not_purchased")));
    gpt.call("open_portal", json!({"flow": "payment_method_update"})).await.expect_problem(404, "no_customer");

    let plans = catalog["plans"].as_array().unwrap();
    plans.iter().find(|plan| plan["id"] == "premium").unwrap().clone()
}

async fn use_up_the_free_plan(gpt: &Gpt) {
    let usage = gpt.call("show_usage", json!({})).await.expect(200);
    let limit = usage["meters"][METER]["limit"].as_u64().unwrap();
    for used in 1..=limit {
        let meter = gpt.call("consume_usage", json!({"meter": METER, "quantity": 1})).await.expect(200);
        assert_eq!((&meter["used"], &meter["allowed"]), (&json!(used), &json!(used < limit)));
    }
    let refused = gpt.call("consume_usage", json!({"meter": METER, "quantity": 1})).await;
    refused.expect_problem(429, "limit_reached");
    assert_eq!(refused.body["resets_at"], usage["meters"][METER]["resets_at"]);
}

async fn open_the_payment_page(gpt: &Gpt, premium: &Value) -> Checkout {
    gpt.call("create_session", json!({"plan_id": "platinum"})).await.expect_problem(400, "unknown_plan");
    let request = json!({"plan_id": premium["id"], "interval": premium["prices"][0]["interval"]});
    let opened = gpt.call("create_session", request.clone()).await.expect(201);
    assert_eq!(gpt.call("create_session", request).await.expect(200), opened, "asking again is no second checkout");
    let checkout = Checkout::of_answer(&opened);
    let session = gpt.call("show_session", json!({"id": checkout.session})).await.expect(200);
    assert_eq!((&session["status"], &session["fulfilled"]), (&json!("open"), &json!(false)));
    checkout
}

async fn go_on_with_the_plan(gpt: &Gpt, premium: &Value) {
    let subscription = gpt.call("show_subscription", json!({})).await.expect(200);
    assert_eq!((&subscription["plan"], &subscription["has_access"]), (&premium["id"], &json!(true)));
    let access = gpt.call("check_access", json!({"id": COURSE})).await.expect(200);
    assert_eq!((&access["has_access"], &access["because"]["reason"]), (&json!(true), &json!("subscribed")));
    let usage = gpt.call("show_usage", json!({})).await.expect(200);
    assert_eq!(usage["meters"][METER]["limit"], premium["limits"][METER]["limit"]);
    let meter = gpt.call("consume_usage", json!({"meter": METER, "quantity": 1})).await.expect(200);
    assert_eq!((&meter["used"], &meter["allowed"]), (&json!(6), &json!(true)), "what was used before stays");
    gpt.call("create_session", json!({"plan_id": premium["id"]})).await.expect_problem(409, "already_owned");
}
