//! Shows that the changes of a learner's subscriptions are made one at a time.

use std::time::Duration;

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::billing::{CANCEL, CHANGE, PREVIEW, RESUME, plus, premium};
use crate::support::learner::Learner;
use crate::support::response::TestResponse;

/// Done, refused by what it found, or told to try again.
fn is_expected(answer: &TestResponse) -> bool {
    let code = answer.body["code"].as_str().unwrap_or_default();
    let expected = matches!(
        (answer.status.as_u16(), code),
        (200, _) | (409, "same_plan" | "subscription_ending" | "not_canceling") | (503, "subscription_changed")
    );
    assert!(code != "subscription_changed" || answer.headers["retry-after"] == "2");
    expected
}

#[tokio::test]
async fn while_one_request_changes_a_subscription_every_other_one_is_told_to_try_again() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let user = shared::domain::UserId::parse(ada.user.as_str()).unwrap();
    let lock = app.store().try_lock_subscriptions(&user, app.store().now()).await.unwrap().unwrap();
    stripe.reset();
    for (route, request) in [(CHANGE, plus()), (CANCEL, json!({})), (RESUME, json!({}))] {
        let refused = ada.post(route, request).await;
        refused.expect_problem(503, "subscription_changed");
        assert_eq!(refused.headers["retry-after"], "2", "{route}");
    }
    assert_eq!(stripe.calls(), [""; 0]);
    ada.post(PREVIEW, plus()).await.expect(200);
    let eve = app.as_learner("eve").await;
    eve.post(CANCEL, json!({})).await.expect_problem(404, "no_subscription");

    app.store().unlock_subscriptions(lock).await.unwrap();
    assert_eq!(ada.change_plan(plus()).await["plan"], "plus");
}

#[tokio::test]
async fn a_request_that_crashed_holds_up_others_for_half_a_minute() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let user = shared::domain::UserId::parse(ada.user.as_str()).unwrap();
    let crashed = app.store().try_lock_subscriptions(&user, app.store().now()).await.unwrap().unwrap();
    app.advance(Duration::from_secs(20)).await;
    ada.post(CANCEL, json!({})).await.expect_problem(503, "subscription_changed");
    app.advance(Duration::from_secs(11)).await;
    ada.post(CANCEL, json!({})).await.expect(200);

    // What it does late frees no lock but its own.
    let other = app.store().try_lock_subscriptions(&user, app.store().now()).await.unwrap().unwrap();
    app.store().unlock_subscriptions(crashed).await.unwrap();
    ada.post(RESUME, json!({})).await.expect_problem(503, "subscription_changed");
    app.store().unlock_subscriptions(other).await.unwrap();
    ada.post(RESUME, json!({})).await.expect(200);
}

#[tokio::test]
async fn a_refused_change_holds_up_no_other_one() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    ada.post(CHANGE, json!({"plan_id": "nothing"})).await.expect_problem(400, "unknown_plan");
    ada.post(CHANGE, premium_again()).await.expect_problem(409, "same_plan");
    assert_eq!(ada.change_plan(plus()).await["plan"], "plus");
}

fn premium_again() -> serde_json::Value {
    json!({"plan_id": "premium"})
}

async fn subscribed(app: &TestApp, request: serde_json::Value) -> (Learner, String) {
    let ada = app.as_learner("ada").await;
    let id = ada.subscribe(request).await;
    (ada, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_changes_to_two_intervals_never_give_credit() {
    for _ in 0..3 {
        let app = TestApp::start().await;
        let (ada, id) = subscribed(&app, premium()).await;
        let year = json!({"plan_id": "plus", "interval": "year"});
        let answers = tokio::join!(ada.post(CHANGE, &year), ada.post(CHANGE, plus()));
        for answer in [&answers.0, &answers.1] {
            assert!(is_expected(answer), "{} {}", answer.status, answer.body);
        }
        assert!(answers.0.status == 200 || answers.1.status == 200);
        app.settle().await;
        for invoice in app.invoices_at_stripe(&id).await {
            assert!(invoice["total"].as_i64().unwrap() > 0, "{}", invoice["total"]);
        }
        let interval = if answers.0.status == 200 { "year" } else { "month" };
        assert_eq!(ada.subscription().await["interval"], interval);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_mixed_changes_are_done_or_refused_with_a_reason() {
    let app = TestApp::start().await;
    let (ada, id) = subscribed(&app, json!({"plan_id": "plus", "trial_days": 0})).await;
    for _ in 0..4 {
        let year = json!({"plan_id": "plus", "interval": "year"});
        let lower = json!({"plan_id": "premium"});
        let (none, now) = (json!({}), json!({"plan_id": "plus", "interval": "month"}));
        let answers = tokio::join!(
            ada.post(CHANGE, &year),
            ada.post(CHANGE, &lower),
            ada.post(CANCEL, &none),
            ada.post(RESUME, &none),
            ada.post(CHANGE, &now),
        );
        for answer in [&answers.0, &answers.1, &answers.2, &answers.3, &answers.4] {
            assert!(is_expected(answer), "{} {}", answer.status, answer.body);
        }
        app.settle().await;
    }
    let (shown, at_stripe) = (ada.subscription().await, app.subscription_at_stripe(&id).await);
    assert_eq!(shown["cancel_at_period_end"], at_stripe["cancel_at_period_end"]);
    assert_eq!(shown["scheduled_change"].is_null(), at_stripe["schedule"].is_null());
    assert_eq!(app.failures().await, []);
}
