//! Shows that a plan decides how much may be used, and that nothing is counted beyond the limit.

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::UsagePeriod;

use super::meters::{MINUTES, SCENARIOS};
use crate::support::app::TestApp;

#[tokio::test]
async fn a_learner_without_a_subscription_has_the_limits_of_the_free_plan() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let expected = |at: Timestamp| {
        let meter = |limit: u64, period: UsagePeriod| {
            let resets_at = period.window(at).ends.to_string();
            json!({"used": 0, "limit": limit, "period": period.as_str(), "resets_at": resets_at, "allowed": true})
        };
        json!({"meters": {MINUTES: meter(30, UsagePeriod::Day), SCENARIOS: meter(5, UsagePeriod::Week)}})
    };
    let before = expected(Timestamp::now());
    let usage = ada.get("/usage").await.expect(200);
    // A test that runs at midnight may see either day.
    assert!(usage == before || usage == expected(Timestamp::now()), "{usage}");
    let free = ada.get("/entitlements/free").await.expect(200);
    assert_eq!(free["has_access"], json!(true), "everybody has the free plan");
}

#[tokio::test]
async fn usage_is_counted_up_to_the_limit_and_not_beyond() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let meter = ada.consume(SCENARIOS, 4).await.expect(200);
    assert_eq!((&meter["used"], &meter["limit"], &meter["allowed"]), (&json!(4), &json!(5), &json!(true)));
    assert_eq!(ada.consume(SCENARIOS, 2).await.code(), "limit_reached");
    let meter = ada.consume(SCENARIOS, 1).await.expect(200);
    assert_eq!((&meter["used"], &meter["allowed"]), (&json!(5), &json!(false)), "what was refused was not counted");

    let refused = ada.consume(SCENARIOS, 1).await;
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    let problem = refused.expect(429);
    assert_eq!((&problem["code"], &problem["resets_at"]), (&json!("limit_reached"), &meter["resets_at"]));
    let resets_at: Timestamp = meter["resets_at"].as_str().unwrap().parse().unwrap();
    let waited_for = Timestamp::now().as_second() + wait;
    assert!((0..=2).contains(&(waited_for - resets_at.as_second())), "{wait} seconds until {resets_at}");
    assert_eq!(ada.meter(SCENARIOS).await, meter);
    assert_eq!(ada.used(MINUTES).await, 0, "meters are counted apart");
    assert_eq!(app.as_learner("grace").await.used(SCENARIOS).await, 0, "and so are learners");
}

#[tokio::test]
async fn a_quantity_of_0_counts_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let before = app.rows().await;
    assert_eq!(ada.consume(SCENARIOS, 0).await.expect(200), ada.meter(SCENARIOS).await);
    assert_eq!(app.rows().await, before);
    ada.consume(SCENARIOS, 5).await.expect(200);
    let meter = ada.consume(SCENARIOS, 0).await.expect(200);
    assert_eq!((&meter["used"], &meter["allowed"]), (&json!(5), &json!(false)));
}

#[tokio::test]
async fn a_plan_raises_the_limits_and_keeps_the_usage() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.consume(SCENARIOS, 5).await.expect(200);
    assert_eq!(ada.consume(SCENARIOS, 1).await.code(), "limit_reached");

    ada.receive_grant(Some("premium"), None).await;
    let limit = async |meter| ada.meter(meter).await["limit"].clone();
    assert_eq!((limit(MINUTES).await, limit(SCENARIOS).await), (json!(300), Value::Null));
    let meter = ada.consume(SCENARIOS, 1_000_000).await.expect(200);
    assert_eq!(
        (&meter["used"], &meter["allowed"]),
        (&json!(1_000_005), &json!(true)),
        "usage without a limit is counted, too"
    );

    ada.receive_grant(None, None).await;
    assert_eq!(limit(MINUTES).await, Value::Null, "a grant of everything has the highest limits of all plans");

    ada.receive_grant(Some("premium"), Some("2026-01-02T00:00:00Z")).await;
    let meter = ada.meter(SCENARIOS).await;
    assert_eq!((&meter["used"], &meter["limit"]), (&json!(1_000_005), &json!(5)), "it ended");
    assert_eq!(meter["allowed"], json!(false));
    assert_eq!(ada.consume(SCENARIOS, 1).await.code(), "limit_reached");
}

#[tokio::test]
async fn a_subscription_raises_the_limits_until_it_ends() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let minutes = async || {
        let meter = ada.meter(MINUTES).await;
        (meter["used"].clone(), meter["limit"].clone(), meter["allowed"].clone())
    };
    let subscription = ada.subscribe(json!({"plan_id": "premium"})).await;
    ada.consume(MINUTES, 299).await.expect(200);
    assert_eq!(minutes().await, (json!(299), json!(300), json!(true)), "in the trial");

    let found = app.subscription_at_stripe(&subscription).await;
    let item = found["items"]["data"][0]["id"].as_str().unwrap();
    let price = app.price_at_stripe("plus_month_usd").await;
    let plus = price["id"].as_str().unwrap();
    app.update_subscription(&subscription, &[("items[0][id]", item), ("items[0][price]", plus)]).await;
    ada.consume(MINUTES, 2).await.expect(200);
    assert_eq!(minutes().await, (json!(301), Value::Null, json!(true)), "Plus is without limit");

    app.cancel_at_stripe(&subscription).await;
    assert_eq!(minutes().await, (json!(301), json!(30), json!(false)), "the usage stays");
}
