//! Shows that a purchase is recorded once, however often and in whatever order its events arrive.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::learner::Learner;

/// How often the purchase was opened or closed.
async fn changes(learner: &Learner) -> usize {
    learner.transitions().await.iter().filter(|transition| transition["effect"] == "purchase_status_changed").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_deliveries_of_one_event_record_one_purchase() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;

    let answers = join_all((0..50).map(|_| app.deliver(&completed))).await;

    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let applied = answers.iter().filter(|answer| answer.body["outcome"] == "applied").count();
    assert_eq!(applied, 1);
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1);
    assert_eq!(app.rows_of("EVENT#", "STATE").await.iter().filter(|row| is_of(row, &completed)).count(), 1);
    assert_eq!(changes(&ada).await, 1);
}

/// Whether the row is the event's.
fn is_of(row: &Value, event: &Value) -> bool {
    row["PK"] == json!(format!("EVENT#{}", event["id"].as_str().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_return_pages_and_fifty_deliveries_record_one_purchase() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();

    let pages = join_all((0..50).map(|_| ada.return_page(session)));
    let deliveries = join_all((0..50).map(|_| app.deliver(&completed)));
    let (pages, deliveries) = tokio::join!(pages, deliveries);

    assert!(pages.iter().all(|page| page.status == 200 && page.body["fulfilled"] == true), "{pages:?}");
    assert!(deliveries.iter().all(|answer| answer.status == 200), "{deliveries:?}");
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1);
    assert_eq!(changes(&ada).await, 1);
}

#[tokio::test]
async fn the_return_page_alone_opens_the_course() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();

    let shown = ada.return_page(session).await.expect(200);
    assert_eq!(shown, json!({"status": "complete", "payment_status": "paid", "fulfilled": true}));
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied", "the event is recorded");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "duplicate");
    assert_eq!(changes(&ada).await, 1);
}

#[tokio::test]
async fn every_order_of_a_purchase_and_its_refund_ends_refunded() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let kinds = ["payment_intent.succeeded", "checkout.session.completed", "charge.refunded"];
    for (number, order) in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].iter().enumerate() {
        let learner = app.as_learner(&format!("learner{number}")).await;
        let (intent, completed) = learner.buy_without_webhooks(COURSE).await;
        app.refund(&intent, &[]).await;
        for kind in order.map(|index| kinds[index]) {
            let event = match kind {
                "checkout.session.completed" => completed.clone(),
                _ => app.event_about(kind, &intent).await,
            };
            app.deliver(&event).await.expect(200);
            app.deliver(&event).await.expect(200);
        }
        assert_eq!(learner.access_reason(COURSE).await, "refunded", "{order:?}");
        let last = learner
            .transitions()
            .await
            .into_iter()
            .rfind(|transition| transition["effect"] == "purchase_status_changed")
            .unwrap();
        assert_eq!(last["to"]["status"], "refunded", "{order:?}");
    }
}

#[tokio::test]
async fn a_refund_that_is_the_first_event_of_a_purchase_finds_its_learner() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (intent, _) = ada.buy_without_webhooks(COURSE).await;
    app.refund(&intent, &[]).await;

    // A refund carries none of our metadata: the payment intent has to be fetched.
    let created = app.event_about("refund.created", &intent).await;
    assert_eq!(created["data"]["object"]["metadata"], json!({}));
    app.deliver(&created).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "refunded");
}

#[tokio::test]
async fn the_object_of_a_payload_of_another_api_version_is_fetched() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (intent, completed) = ada.buy_without_webhooks(COURSE).await;
    for version in [json!("2022-11-15"), Value::Null] {
        for kind in ["checkout.session.completed", "payment_intent.succeeded"] {
            let mut old = if kind == "checkout.session.completed" {
                completed.clone()
            } else {
                app.event_about(kind, &intent).await
            };
            old["id"] = json!(format!("evt_{kind}_{version}").replace(['"', '.'], "_"));
            old["api_version"] = version.clone();
            // If it were read, the learner would have paid next to nothing.
            for amount in ["amount_total", "amount", "amount_received"] {
                old["data"]["object"][amount] = json!(1);
            }
            app.deliver(&old).await.expect(200);
            let fact = &app.rows_of("USER#", "ACCESS#").await[0];
            assert_eq!(fact["charged"]["amount"], 4_900, "{kind} {version}");
        }
    }
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}
