//! Webhooks: signed, retried, paused, and not lost.

use futures_util::future::join_all;

use super::account::{Account, id};
use super::receiver::Receiver;

fn types(receiver: &Receiver) -> Vec<String> {
    let mut types: Vec<_> =
        receiver.take().iter().map(|received| received.event["type"].as_str().unwrap().to_owned()).collect();
    // Like Stripe's, deliveries arrive in no guaranteed order.
    types.sort_unstable();
    types
}

#[tokio::test]
async fn an_event_is_delivered_once_with_a_signature() {
    let stripe = Account::open().await;
    let receiver = Receiver::answering(&[]).await;
    let secret = stripe.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap();
    assert_eq!(secret, stripe.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap());
    stripe.post("/v1/customers", "name=Ann").await;
    stripe.stand_in.wait_for_deliveries().await;
    let received = receiver.take();
    assert_eq!(received.len(), 1);
    let delivery = &received[0];
    assert!(delivery.is_signed_with(&secret) && !delivery.is_signed_with("whsec_other"));
    assert_eq!(delivery.headers["user-agent"], "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
    assert_eq!((&delivery.event["object"], &delivery.event["pending_webhooks"]), (&"event".into(), &1.into()));
    assert_eq!(delivery.event["api_version"], stripe_stand_in::API_VERSION);
    assert!(delivery.event["request"]["id"].as_str().unwrap().starts_with("req_"));
    let event = stripe.get(&format!("/v1/events/{}", id(&delivery.event))).await;
    assert_eq!(event["pending_webhooks"], 0);
}

#[tokio::test]
async fn the_default_endpoint_moves_to_a_new_url() {
    let stripe = Account::open().await;
    let (before, after) = (Receiver::answering(&[]).await, Receiver::answering(&[]).await);
    let of_the_api = stripe.post("/v1/webhook_endpoints", "url=http://127.0.0.1:1&enabled_events[]=*").await;
    let secret = stripe.stand_in.ensure_webhook_endpoint(&before.url).unwrap();
    assert_eq!(stripe.stand_in.ensure_webhook_endpoint(&after.url).unwrap(), secret);
    stripe.post(&format!("/v1/webhook_endpoints/{}", id(&of_the_api)), "disabled=true").await;
    stripe.post("/v1/customers", "name=Ann").await;
    stripe.stand_in.wait_for_deliveries().await;
    assert!(before.take().is_empty());
    assert_eq!(types(&after), ["customer.created"]);
    let endpoints = stripe.get("/v1/webhook_endpoints").await;
    let urls: Vec<_> = endpoints["data"].as_array().unwrap().iter().map(|endpoint| endpoint["url"].clone()).collect();
    assert_eq!(urls, [after.url.as_str(), "http://127.0.0.1:1"]);
}

/// On several threads: deliveries end while the next ones are read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_events_arrive_once_each() {
    let stripe = Account::open().await;
    let receiver = Receiver::answering(&[]).await;
    stripe.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap();
    join_all((0..500).map(|_| stripe.post("/v1/customers", "name=Ann"))).await;
    stripe.stand_in.wait_for_deliveries().await;
    assert_eq!(types(&receiver).len(), 500);
}

#[tokio::test]
async fn a_failed_delivery_is_retried() {
    let stripe = Account::open().await;
    let receiver = Receiver::answering(&[500]).await;
    stripe.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap();
    let mut deliveries = stripe.stand_in.deliveries();
    stripe.post("/v1/customers", "name=Ann").await;
    let first = deliveries.recv().await.unwrap();
    assert_eq!((first.attempt, first.result), (1, Ok(500)));
    let second = deliveries.recv().await.unwrap();
    assert_eq!((second.attempt, second.result, &second.event), (2, Ok(200), &first.event));
    stripe.stand_in.wait_for_deliveries().await;
    assert_eq!(types(&receiver), ["customer.created", "customer.created"]);
    let log = stripe.get(&format!("/_stand_in/deliveries?event={}", first.event)).await;
    assert_eq!((&log["data"][0]["status"], &log["data"][1]["status"]), (&200.into(), &500.into()));
}

#[tokio::test]
async fn paused_events_wait_and_events_can_be_redelivered() {
    let stripe = Account::open().await;
    let receiver = Receiver::answering(&[]).await;
    stripe.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap();
    stripe.stand_in.pause_deliveries();
    stripe.post("/v1/customers", "name=Ann").await;
    stripe.stand_in.wait_for_deliveries().await;
    assert!(receiver.take().is_empty());
    let undelivered = stripe.get("/v1/events?delivery_success=false").await;
    let event = id(&undelivered["data"][0]);
    stripe.stand_in.resume_deliveries();
    stripe.stand_in.wait_for_deliveries().await;
    assert_eq!(types(&receiver), ["customer.created"]);
    for path in [format!("/_stand_in/events/{event}/redeliver"), format!("/v1/events/{event}/retry")] {
        stripe.post(&path, "").await;
        stripe.stand_in.wait_for_deliveries().await;
        assert_eq!(types(&receiver), ["customer.created"], "{path}");
    }
}

#[tokio::test]
async fn an_endpoint_receives_its_enabled_events_independently_of_others() {
    let stripe = Account::open().await;
    let (slow, all, some) = (Receiver::hanging().await, Receiver::answering(&[]).await, Receiver::answering(&[]).await);
    stripe.post("/v1/webhook_endpoints", &format!("url={}&enabled_events[]=*", slow.url)).await;
    stripe.stand_in.ensure_webhook_endpoint(&all.url).unwrap();
    let form = format!("url={}&enabled_events[]=product.created", some.url);
    let endpoint = stripe.post("/v1/webhook_endpoints", &form).await;
    assert!(endpoint["secret"].as_str().unwrap().starts_with("whsec_"));
    let path = format!("/v1/webhook_endpoints/{}", id(&endpoint));
    assert!(stripe.get(&path).await.get("secret").is_none());

    let mut deliveries = stripe.stand_in.deliveries();
    stripe.post("/v1/customers", "name=Ann").await;
    stripe.post("/v1/products", "name=Course").await;
    for _ in 0..3 {
        assert_eq!(deliveries.recv().await.unwrap().result, Ok(200));
    }
    assert_eq!(types(&all), ["customer.created", "product.created"]);
    assert_eq!(types(&some), ["product.created"]);
}

#[tokio::test]
async fn pending_deliveries_survive_a_restart() {
    let directory = std::env::temp_dir().join(format!("stand-in-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("stripe.sqlite");
    let receiver = Receiver::answering(&[]).await;
    let before = Account::open_file(Some(file.clone())).await;
    let secret = before.stand_in.ensure_webhook_endpoint(&receiver.url).unwrap();
    before.stand_in.pause_deliveries();
    let customer = id(&before.post("/v1/customers", "name=Ann").await);
    before.stand_in.shutdown().await;
    drop(before);

    let after = Account::open_file(Some(file)).await;
    after.stand_in.wait_for_deliveries().await;
    let received = receiver.take();
    assert_eq!(received.len(), 1);
    assert!(received[0].is_signed_with(&secret));
    assert_eq!(after.get(&format!("/v1/customers/{customer}")).await["name"], "Ann");
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn test_actions_refuse_requests_from_other_sites() {
    let stripe = Account::open().await;
    let url = format!("{}/_stand_in/deliveries", stripe.url);
    let client = reqwest::Client::new();
    for (header, value) in [("origin", "https://evil.test"), ("host", "evil.test:12111")] {
        let response = client.get(&url).header(header, value).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 403, "{header}");
    }
    assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), 200);
}
