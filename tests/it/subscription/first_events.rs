//! Shows how the first events of a subscription are applied, in any order and number.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::billing::premium;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn the_first_event_of_a_trial_is_applied_without_a_call_to_stripe() {
    let (app, proxy) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(json!({"plan_id": "premium"})).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    let created = app.last_event("customer.subscription.created").await;
    let completed = app.last_event("checkout.session.completed").await;
    let paid = app.last_event("invoice.paid").await;
    proxy.reset();

    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls(), [""; 0], "the payload is enough, and the session says nothing new");
    assert_eq!(app.deliver(&paid).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls().len(), 1, "the event of an invoice fetches its subscription");
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "duplicate");
}

#[tokio::test]
async fn the_first_event_of_a_paid_subscription_takes_one_call() {
    let (app, proxy) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    let created = app.last_event("customer.subscription.created").await;
    let completed = app.last_event("checkout.session.completed").await;
    proxy.reset();

    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls().len(), 1, "only its invoice says that the period was paid for");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_deliveries_and_return_pages_record_one_subscription() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    let mut events = app.events("*").await;
    events
        .retain(|event| event["data"]["object"]["object"] != "product" && event["data"]["object"]["object"] != "price");

    let pages = join_all((0..10).map(|_| ada.return_page(&checkout.session)));
    let deliveries = join_all(events.iter().chain(&events).chain(&events).map(|event| app.deliver(event)));
    let (pages, deliveries) = tokio::join!(pages, deliveries);

    assert!(pages.iter().all(|page| page.status == 200 && page.body["fulfilled"] == true), "{pages:?}");
    assert!(deliveries.iter().all(|answer| answer.status == 200), "{deliveries:?}");
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1);
    assert_eq!(app.rows_of("USER#", "INVOICE#").await.len(), 1);
    let changes = ada
        .transitions()
        .await
        .into_iter()
        .filter(|transition| transition["effect"] == "subscription_status_changed")
        .count();
    assert_eq!(changes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_events_of_one_subscription_at_once_are_all_applied() {
    let (app, proxy) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    let created = app.last_event("customer.subscription.created").await;
    let events: Vec<Value> = (0..200)
        .map(|number| {
            let mut event = created.clone();
            event["id"] = json!(format!("evt_at_once_{number}"));
            event["type"] = json!("customer.subscription.updated");
            event
        })
        .collect();
    proxy.reset();

    // On a busy machine the time may not suffice for all of them. Stripe delivers those again.
    let (mut left, mut deliveries) = (events, 0);
    while !left.is_empty() {
        deliveries += left.len();
        assert!(deliveries <= 1_000, "they never end");
        let answers = join_all(left.iter().map(|event| app.deliver(event))).await;
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status.as_u16())), "{answers:?}");
        let answers = answers.iter();
        left =
            left.into_iter().zip(answers).filter(|(_, answer)| answer.status == 503).map(|(event, _)| event).collect();
    }
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
    // Each fetches at most once before its write fails, and once after: then another one has fetched since.
    let answered = proxy.answered();
    assert!(0 < answered && answered <= 2 * deliveries, "{answered} answers from Stripe");
    assert_eq!(app.rows_of("EVENT#", "STATE").await.len(), 200);
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn the_object_of_a_payload_of_an_older_version_is_fetched() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);

    let mut created = app.last_event("customer.subscription.created").await;
    created["api_version"] = json!("2024-06-20");
    let object = &mut created["data"]["object"];
    // The older version has them here; these are long past.
    for (name, time) in [("current_period_start", 1_500_000_000), ("current_period_end", 1_502_678_400)] {
        object[name] = json!(time);
        object["items"]["data"][0].as_object_mut().unwrap().remove(name);
    }
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    let access = ada.access(COURSE).await;
    assert_eq!(access["because"]["reason"], "subscribed");
    assert!(access["until"].is_string(), "{access}");

    let mut paid = app.last_event("invoice.paid").await;
    paid["api_version"] = json!("2024-06-20");
    let object = paid["data"]["object"].as_object_mut().unwrap();
    let parent = object.remove("parent").unwrap();
    object.insert("subscription".to_owned(), parent["subscription_details"]["subscription"].clone());
    assert_eq!(app.deliver(&paid).await.expect(200)["outcome"], "applied");
    assert_eq!(app.rows_of("USER#", "INVOICE#").await[0]["status"], "paid");
}

#[tokio::test]
async fn a_dispute_that_is_the_first_event_finds_its_subscription() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let checkout = ada.checkout_with(premium()).await;
    assert_eq!(app.pay(&checkout, VALID_CARD).await, StatusCode::SEE_OTHER);
    let intent = app.last_event("payment_intent.succeeded").await["data"]["object"]["id"].clone();
    let dispute = app.dispute(intent.as_str().unwrap(), "chargeback").await;
    let opened = app.last_event("charge.dispute.created").await;

    assert_eq!(app.deliver(&opened).await.expect(200)["outcome"], "applied");
    let access = ada.access(COURSE).await;
    assert_eq!(
        (access["because"]["reason"].as_str(), &access["because"]["dispute"]),
        (Some("subscription_disputed"), &json!(dispute))
    );

    app.test_action(&format!("disputes/{dispute}/won")).await;
    let closed = app.last_event("charge.dispute.closed").await;
    app.deliver(&closed).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "subscribed");
}
