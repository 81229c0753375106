//! Shows how many calls to DynamoDB and to Stripe the usual requests take.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;

#[tokio::test]
async fn a_usual_purchase_takes_one_read_and_one_transaction() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    proxy.reset();
    app.deliver(&completed).await.expect(200);
    assert_eq!(proxy.calls(), ["Query", "TransactWriteItems"]);

    proxy.reset();
    ada.access(COURSE).await;
    assert_eq!(proxy.calls(), ["Query"]);
    proxy.reset();
    ada.get("/entitlements").await.expect(200);
    assert_eq!(proxy.calls(), ["Query"]);
}

/// The items of a purchase's transaction, as their sort keys begin.
const PURCHASE: [&str; 4] = ["STATE", "ACCESS", "AUDIT", "OWNER"];
/// The slot that the purchase closes.
const CLOSED: &str = "ACCESS_CHECKOUT";

#[tokio::test]
async fn a_purchase_writes_at_most_five_items_and_its_later_events_two() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (intent, completed) = ada.buy_without_webhooks(COURSE).await;
    let succeeded = app.events("payment_intent.succeeded").await.remove(0);
    assert_eq!(succeeded["data"]["object"]["id"], intent.as_str());
    proxy.reset();
    app.deliver(&succeeded).await.expect(200);
    app.deliver(&completed).await.expect(200);
    ada.return_page(completed["data"]["object"]["id"].as_str().unwrap()).await.expect(200);
    assert_eq!(proxy.transactions(), [PURCHASE.to_vec(), vec!["STATE", CLOSED]]);

    let (_, completed) = ada.buy_without_webhooks("fine-tuning").await;
    proxy.reset();
    app.deliver(&completed).await.expect(200);
    assert_eq!(proxy.transactions(), [[PURCHASE.as_slice(), &[CLOSED]].concat()]);
}

/// The return page has closed the checkout: the event finds that out before it writes.
#[tokio::test]
async fn an_event_after_the_return_page_takes_one_transaction() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    proxy.reset();
    ada.return_page(completed["data"]["object"]["id"].as_str().unwrap()).await.expect(200);
    app.deliver(&completed).await.expect(200);
    assert_eq!(proxy.transactions(), [vec!["ACCESS", "AUDIT", "OWNER", CLOSED], vec!["STATE"]]);
}

#[tokio::test]
async fn calls_to_stripe_are_no_more_than_documented() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;

    let (intent, completed) = ada.buy_without_webhooks(COURSE).await;
    assert_eq!(stripe.calls(), ["POST /v1/customers", "POST /v1/checkout/sessions"], "a new customer takes two");
    stripe.reset();
    ada.buy_without_webhooks("fine-tuning").await;
    assert_eq!(stripe.calls(), ["POST /v1/checkout/sessions"], "a known one takes one");
    stripe.reset();
    app.deliver(&completed).await.expect(200);
    assert_eq!(stripe.calls(), [""; 0], "a usual purchase takes none");

    app.refund(&intent, &[]).await;
    stripe.reset();
    for kind in ["charge.refunded", "refund.created"] {
        let event = app.events(kind).await.remove(0);
        stripe.reset();
        app.deliver(&event).await.expect(200);
        assert_eq!(
            stripe.calls(),
            [format!("GET /v1/payment_intents/{intent}").as_str(), "GET /v1/disputes"],
            "{kind}"
        );
    }
}

/// Only an event that failed before takes more: it closes its entry, and reads whether others are left.
#[tokio::test]
async fn an_event_that_failed_before_takes_a_second_transaction_and_a_query_of_the_error_queue() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let mut broken = completed.clone();
    broken["data"]["object"]["metadata"] = json!({"tuition_app": "tuition"});
    app.deliver(&broken).await.expect(500);
    assert!(!app.store().is_error_queue_empty(None).await.unwrap());

    proxy.reset();
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(
        proxy.calls(),
        [["Query", "TransactWriteItems", "TransactWriteItems"].as_slice(), &["Query"; 10]].concat()
    );
    assert!(app.store().is_error_queue_empty(None).await.unwrap());

    let (_, mut other) = ada.buy_without_webhooks("fine-tuning").await;
    proxy.reset();
    assert_eq!(app.deliver(&other).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls(), ["Query", "TransactWriteItems"], "others take what they always do");

    other["id"] = json!("evt_that_waits");
    other["data"]["object"]["metadata"] = json!({"tuition_app": "tuition"});
    app.deliver(&other).await.expect(500);
    assert!(!app.store().is_error_queue_empty(None).await.unwrap());
}

#[tokio::test]
async fn a_checkout_takes_five_calls_to_dynamodb() {
    let (app, proxy) = TestApp::start_with_dynamodb_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.checkout(COURSE).await;
    let mut calls = proxy.calls();
    calls.sort();
    assert_eq!(
        calls,
        ["BatchGetItem", "Query", "Query", "TransactWriteItems", "TransactWriteItems", "UpdateItem"],
        "a new customer is counted first"
    );
    proxy.reset();
    ada.checkout("fine-tuning").await;
    let mut calls = proxy.calls();
    calls.sort();
    assert_eq!(calls, ["BatchGetItem", "Query", "Query", "TransactWriteItems", "TransactWriteItems"]);
}
