//! Exactly once, whatever Stripe redelivers, delays or reorders.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::{COURSE, Learner, TestApp};

/// The learner's effects that moved the purchase: one for opening, one for each later closing or opening.
async fn moves(app: &TestApp, learner: &Learner) -> usize {
    app.effects(learner).await.iter().filter(|effect| effect["effect"] == "purchase_status_changed").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_deliveries_of_one_event_are_one_purchase() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;

    let answers = join_all((0..50).map(|_| app.deliver(&completed))).await;

    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let applied = answers.iter().filter(|answer| answer.body["outcome"] == "applied").count();
    assert_eq!(applied, 1);
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1);
    assert_eq!(app.rows_of("EVENT#", "STATE").await.iter().filter(|row| is_of(row, &completed)).count(), 1);
    assert_eq!(moves(&app, &ada).await, 1);
}

fn is_of(row: &Value, event: &Value) -> bool {
    row["PK"] == json!(format!("EVENT#{}", event["id"].as_str().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_return_pages_and_fifty_deliveries_are_one_purchase() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();

    let pages = join_all((0..50).map(|_| app.return_page(&ada, session)));
    let deliveries = join_all((0..50).map(|_| app.deliver(&completed)));
    let (pages, deliveries) = tokio::join!(pages, deliveries);

    assert!(pages.iter().all(|page| page.status == 200 && page.body["fulfilled"] == true), "{pages:?}");
    assert!(deliveries.iter().all(|answer| answer.status == 200), "{deliveries:?}");
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1);
    assert_eq!(moves(&app, &ada).await, 1);
}

#[tokio::test]
async fn the_return_page_alone_opens_the_course() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let session = completed["data"]["object"]["id"].as_str().unwrap();

    let shown = app.return_page(&ada, session).await.expect(200);
    assert_eq!(shown, json!({"status": "complete", "payment_status": "paid", "fulfilled": true}));
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied", "the event is remembered");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "duplicate");
    assert_eq!(moves(&app, &ada).await, 1);
}

#[tokio::test]
async fn every_order_of_a_purchase_and_its_refund_ends_refunded() {
    let app = TestApp::start().await;
    app.hold();
    let kinds = ["payment_intent.succeeded", "checkout.session.completed", "charge.refunded"];
    for (number, order) in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].iter().enumerate() {
        let learner = app.learner(&format!("learner{number}@example.com")).await;
        let (intent, completed) = app.pay_unheard(&learner, COURSE).await;
        app.refund(&intent, &[]).await;
        for kind in order.map(|index| kinds[index]) {
            let event = match kind {
                "checkout.session.completed" => completed.clone(),
                _ => event_of(&app, kind, &intent).await,
            };
            app.deliver(&event).await.expect(200);
            app.deliver(&event).await.expect(200);
        }
        assert_eq!(app.reason(&learner, COURSE).await, "refunded", "{order:?}");
        let last = app
            .effects(&learner)
            .await
            .into_iter()
            .rfind(|effect| effect["effect"] == "purchase_status_changed")
            .unwrap();
        assert_eq!(last["to"]["status"], "refunded", "{order:?}");
    }
}

/// The event of a type that is about this payment intent.
async fn event_of(app: &TestApp, kind: &str, intent: &str) -> Value {
    let is_about = |event: &Value| {
        let object = &event["data"]["object"];
        object["id"] == intent || object["payment_intent"] == intent
    };
    app.events(kind).await.into_iter().find(is_about).unwrap()
}

#[tokio::test]
async fn a_refund_that_is_the_first_we_hear_of_a_purchase_still_finds_its_learner() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (intent, _) = app.pay_unheard(&ada, COURSE).await;
    app.refund(&intent, &[]).await;

    // A refund carries none of our metadata: the payment intent has to be asked.
    let created = event_of(&app, "refund.created", &intent).await;
    assert_eq!(created["data"]["object"]["metadata"], json!({}));
    app.deliver(&created).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "refunded");
}

#[tokio::test]
async fn a_payload_of_another_api_version_is_fetched_and_never_projected() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (intent, completed) = app.pay_unheard(&ada, COURSE).await;
    for version in [json!("2022-11-15"), Value::Null] {
        for kind in ["checkout.session.completed", "payment_intent.succeeded"] {
            let mut old = if kind == "checkout.session.completed" {
                completed.clone()
            } else {
                event_of(&app, kind, &intent).await
            };
            old["id"] = json!(format!("evt_{kind}_{version}").replace(['"', '.'], "_"));
            old["api_version"] = version.clone();
            // Were it projected, the learner would have paid next to nothing.
            for amount in ["amount_total", "amount", "amount_received"] {
                old["data"]["object"][amount] = json!(1);
            }
            app.deliver(&old).await.expect(200);
            let fact = &app.rows_of("USER#", "ACCESS#").await[0];
            assert_eq!(fact["charged"]["amount"], 4_900, "{kind} {version}");
        }
    }
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
}

#[tokio::test]
async fn an_event_of_ours_that_cannot_be_resolved_is_never_acknowledged() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, mut completed) = app.pay_unheard(&ada, COURSE).await;
    completed["data"]["object"]["metadata"] = json!({"tuition_app": "tuition"});

    let answer = app.deliver(&completed).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (500, "event_failed"));
    let failures = app.failures().await;
    assert_eq!((failures.len(), failures[0].code.as_str(), failures[0].attempts), (1, "incomplete_metadata", 1));
    assert!(app.rows_of("USER#", "ACCESS#").await.is_empty());
}

#[tokio::test]
async fn a_sale_of_our_price_to_nobody_waits_for_an_operator() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    // As a Payment Link sells it: a price of ours, and none of our metadata or customers.
    let link = app.sell_without_us(&completed).await;

    assert_eq!(app.deliver(&link).await.expect(200)["outcome"], "unassigned");
    assert_eq!(app.deliver(&link).await.expect(200)["outcome"], "unassigned");
    let failures = app.failures().await;
    assert_eq!((failures.len(), failures[0].code.as_str(), failures[0].attempts), (1, "unassigned_sale", 2));
}

#[tokio::test]
async fn what_is_not_ours_is_acknowledged_and_leaves_nothing() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let (_, completed) = app.pay_unheard(&ada, COURSE).await;
    let before = app.rows().await;

    let mut other = completed.clone();
    other["data"]["object"]["metadata"]["tuition_app"] = json!("another-school");
    assert_eq!(app.deliver(&other).await.expect(200)["outcome"], "not_ours");
    let mut unknown = completed;
    unknown["type"] = json!("customer.discount.created");
    assert_eq!(app.deliver(&unknown).await.expect(200)["outcome"], "ignored");

    assert_eq!(app.rows().await, before);
    assert!(app.failures().await.is_empty());
}
