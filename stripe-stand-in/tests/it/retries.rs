//! The retry schedule of webhook deliveries.

use serde_json::json;

use super::account::Account;
use super::receiver::Receiver;

const RETRIES: &str = "/_stand_in/retries";

#[tokio::test]
async fn retries_follow_the_schedule_and_then_stop() {
    let stripe = Account::open().await;
    let receiver = Receiver::answering(&[500; 9]).await;
    stripe.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap();
    stripe.post(RETRIES, "schedule=1h,2d").await;
    stripe.post("/v1/customers", "name=Ann").await;
    for (seconds, deliveries) in [(0, 1), (3_000, 0), (600, 1), (90_000, 0), (83_000, 1), (9_000_000, 0)] {
        stripe.post("/_stand_in/clock/advance", &format!("seconds={seconds}")).await;
        stripe.stand_in.wait_for_deliveries().await;
        assert_eq!(receiver.take().len(), deliveries, "after {seconds} s more");
    }
    assert_eq!(stripe.get("/v1/events?delivery_success=false").await["data"][0]["pending_webhooks"], 0);
}

#[tokio::test]
async fn a_schedule_is_shown_validated_and_reset() {
    let stripe = Account::open().await;
    let usual = json!({ "schedule": "1s,5s,30s,2m,10m,1h" });
    assert_eq!(stripe.get(RETRIES).await, usual);
    for (given, shown) in
        [("90,24h", "90s,1d"), ("none", "none"), ("stripe", "5m,30m,2h,5h,10h,10h,12h,12h,12h"), ("0", "0s")]
    {
        let set = stripe.post(RETRIES, &format!("schedule={given}")).await;
        assert_eq!(set, json!({ "schedule": shown }));
        assert_eq!(stripe.get(RETRIES).await, set);
    }
    for bad in ["schedule=", "schedule=1s,,2s", "schedule=soon", "schedule=-1s"] {
        let (status, error) = stripe.post_refused(RETRIES, bad).await;
        assert_eq!((status, &error["param"]), (400, &json!("schedule")), "{bad}");
        assert!(error["message"].as_str().unwrap().contains("schedule"), "{bad}: {error}");
    }
    assert_eq!(stripe.post_refused(RETRIES, "shedule=1s").await.1["param"], "shedule");
    assert_eq!(stripe.post(RETRIES, "").await, usual);
}
