//! Chaos: deliveries are dropped, repeated, delayed, reordered, or refused for a while; the same ones for the same
//! seed.

use serde_json::{Value, json};

use super::account::{Account, id};
use super::receiver::Receiver;

const CHAOS: &str = "/_stand_in/chaos";

/// An account with this chaos, and the receiver of all its events.
async fn chaotic(chaos: &str) -> (Account, Receiver) {
    let stripe = Account::open().await;
    let receiver = Receiver::answering(&[]).await;
    stripe.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap();
    stripe.post(CHAOS, chaos).await;
    (stripe, receiver)
}

/// Creates customers with the names 0, 1, 2 and so on, which makes one event each.
async fn create_customers(stripe: &Account, count: usize) {
    for number in 0..count {
        stripe.post("/v1/customers", &format!("name={number}")).await;
    }
}

/// The names of the customers whose events were received since the last call, in order.
async fn arrivals(stripe: &Account, receiver: &Receiver) -> Vec<usize> {
    stripe.stand_in.wait_for_deliveries().await;
    let name = |event: &Value| event["data"]["object"]["name"].as_str().unwrap().parse().unwrap();
    receiver.take().iter().map(|received| name(&received.event)).collect()
}

async fn advance(stripe: &Account, seconds: u32) {
    stripe.post("/_stand_in/clock/advance", &format!("seconds={seconds}")).await;
}

#[tokio::test]
async fn a_dropped_delivery_counts_as_delivered() {
    let (stripe, receiver) = chaotic("drop=1").await;
    create_customers(&stripe, 1).await;
    assert!(arrivals(&stripe, &receiver).await.is_empty());
    let events = stripe.get("/v1/events?delivery_success=true").await;
    let event = &events["data"][0];
    assert_eq!((&event["type"], &event["pending_webhooks"]), (&json!("customer.created"), &json!(0)));
    let log = stripe.get("/_stand_in/deliveries").await;
    assert_eq!(log["data"][0]["error"], "dropped by chaos");
    stripe.post(&format!("/_stand_in/events/{}/redeliver", id(event)), "").await;
    assert_eq!(arrivals(&stripe, &receiver).await, [0]);
}

#[tokio::test]
async fn a_duplicated_delivery_arrives_exactly_twice() {
    let (stripe, receiver) = chaotic("duplicate=1").await;
    create_customers(&stripe, 2).await;
    let mut arrived = arrivals(&stripe, &receiver).await;
    arrived.sort_unstable();
    assert_eq!(arrived, [0, 0, 1, 1]);
}

#[tokio::test]
async fn a_delayed_delivery_arrives_by_the_accounts_clock() {
    let (stripe, receiver) = chaotic("delay=3600..3600").await;
    create_customers(&stripe, 1).await;
    advance(&stripe, 3_500).await;
    assert!(arrivals(&stripe, &receiver).await.is_empty());
    assert_eq!(stripe.get("/v1/events").await["data"][0]["pending_webhooks"], 1);
    advance(&stripe, 100).await;
    assert_eq!(arrivals(&stripe, &receiver).await, [0]);
}

#[tokio::test]
async fn a_reordered_delivery_waits_a_limited_time_for_a_later_one() {
    let (stripe, receiver) = chaotic("reorder=1").await;
    create_customers(&stripe, 2).await;
    assert!(arrivals(&stripe, &receiver).await.is_empty());
    stripe.post(CHAOS, "").await;
    stripe.post("/v1/customers", "name=2").await;
    assert_eq!(arrivals(&stripe, &receiver).await, [2, 0, 1]);

    stripe.post(CHAOS, "reorder=1").await;
    create_customers(&stripe, 1).await;
    assert!(arrivals(&stripe, &receiver).await.is_empty());
    advance(&stripe, 60).await;
    assert_eq!(arrivals(&stripe, &receiver).await, [0]);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_chaos() {
    let mut seen = Vec::new();
    for seed in [7, 7, 8] {
        let chaos = format!("seed={seed}&duplicate=0.3&reorder=0.3&delay=0..3600&drop=0.2");
        let (stripe, receiver) = chaotic(&chaos).await;
        create_customers(&stripe, 30).await;
        advance(&stripe, 3_700).await;
        let mut arrived = arrivals(&stripe, &receiver).await;
        // A repeated delivery may be delayed, too.
        advance(&stripe, 3_700).await;
        arrived.extend(arrivals(&stripe, &receiver).await);
        seen.push(arrived);
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
    let mut once = seen[0].clone();
    once.sort_unstable();
    assert_ne!(once, seen[0], "nothing is out of order");
    once.dedup();
    assert!(once.len() < 30, "nothing is lost");
    assert!(once.len() < seen[0].len(), "nothing is repeated");
}

#[tokio::test]
async fn an_outage_fails_every_delivery_and_retries_follow() {
    let (stripe, receiver) = chaotic("outage=10m").await;
    let mut deliveries = stripe.stand_in.deliveries();
    create_customers(&stripe, 1).await;
    let refused = deliveries.recv().await.unwrap();
    assert_eq!((refused.attempt, refused.result), (1, Err("refused by chaos: an outage".to_owned())));
    assert!(receiver.take().is_empty());
    let undelivered = stripe.get("/v1/events?delivery_success=false").await;
    assert_eq!(undelivered["data"][0]["pending_webhooks"], 1);
    advance(&stripe, 600).await;
    assert_eq!(arrivals(&stripe, &receiver).await, [0]);
}

#[tokio::test]
async fn chaos_is_set_shown_and_turned_off() {
    let stripe = Account::open().await;
    assert_eq!(stripe.get(CHAOS).await, json!({}));
    let set = stripe.post(CHAOS, "seed=7&duplicate=0.1&reorder=0.05&delay=0..3600&drop=0.010&outage=10m").await;
    assert_eq!(set, stripe.get(CHAOS).await);
    let ends = set["outage_ends"].as_i64().unwrap();
    let expected = json!({
        "seed": 7, "duplicate": 0.1, "reorder": 0.05, "delay": "0..3600", "drop": 0.01, "outage": "10m",
        "outage_ends": ends,
    });
    assert_eq!(set, expected);
    assert_eq!(stripe.post(CHAOS, "delay=90&outage=90").await["delay"], "90..90");
    assert_eq!(stripe.post(CHAOS, "").await, json!({}));
    assert_eq!(stripe.get(CHAOS).await, json!({}));
}

#[tokio::test]
async fn an_error_names_the_invalid_chaos_key() {
    let stripe = Account::open().await;
    stripe.post(CHAOS, "seed=7").await;
    let cases = [
        ("seed=-1", "seed"),
        ("seed=x", "seed"),
        ("duplicate=1.1", "duplicate"),
        ("reorder=-0.1", "reorder"),
        ("drop=half", "drop"),
        ("drop=0.0000001", "drop"),
        ("drop=", "drop"),
        ("delay=10..5", "delay"),
        ("delay=soon", "delay"),
        ("delay=-5..5", "delay"),
        ("outage=10w", "outage"),
        ("outage=-1", "outage"),
        ("dropp=1", "dropp"),
    ];
    for (form, key) in cases {
        let (status, error) = stripe.post_refused(CHAOS, form).await;
        assert_eq!((status, &error["param"]), (400, &json!(key)), "{form}: {error}");
        assert!(error["message"].as_str().unwrap().contains(key), "{form}: {error}");
    }
    assert_eq!(stripe.get(CHAOS).await["seed"], 7);
}
