//! Subscriptions, from the hosted page to the open course, and back.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{COURSE, DECLINED, PAYS, TestApp};

fn premium() -> Value {
    json!({"plan_id": "premium", "trial_days": 0})
}

#[tokio::test]
async fn a_plan_opens_its_courses_and_no_others() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let subscription = app.subscribe(&ada, &premium()).await;

    let access = app.access(&ada, COURSE).await;
    assert_eq!(access["because"]["reason"], "subscribed");
    assert_eq!(access["because"]["product"], "premium");
    assert_eq!(access["because"]["source"], subscription.as_str());
    assert_eq!(access["because"]["status"], "active");
    assert!(access["until"].is_string(), "{access}");
    assert_eq!(app.reason(&ada, "ai-engineer-track").await, "not_purchased");
    assert_eq!(app.get(&ada, "/entitlements/premium").await.expect(200)["has_access"], true);
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_trials_first_event_is_applied_without_a_call_to_stripe() {
    let (app, proxy) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &json!({"plan_id": "premium"})).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    let created = app.events("customer.subscription.created").await.pop().unwrap();
    let completed = app.events("checkout.session.completed").await.pop().unwrap();
    let paid = app.events("invoice.paid").await.pop().unwrap();
    proxy.reset();

    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls(), [""; 0], "the payload is enough, and the session says nothing new");
    assert_eq!(app.deliver(&paid).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls().len(), 1, "an invoice makes us look at its subscription");
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "duplicate");
}

#[tokio::test]
async fn the_first_event_of_a_paid_subscription_takes_one_call() {
    let (app, proxy) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &premium()).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    let created = app.events("customer.subscription.created").await.pop().unwrap();
    let completed = app.events("checkout.session.completed").await.pop().unwrap();
    proxy.reset();

    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    assert_eq!(app.deliver(&completed).await.expect(200)["outcome"], "applied");
    assert_eq!(proxy.calls().len(), 1, "only its invoice says that the period was paid for");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_and_return_pages_at_once_are_one_subscription() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &premium()).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    let mut events = app.events("*").await;
    events
        .retain(|event| event["data"]["object"]["object"] != "product" && event["data"]["object"]["object"] != "price");

    let pages = join_all((0..10).map(|_| app.return_page(&ada, &checkout.session)));
    let deliveries = join_all(events.iter().chain(&events).chain(&events).map(|event| app.deliver(event)));
    let (pages, deliveries) = tokio::join!(pages, deliveries);

    assert!(pages.iter().all(|page| page.status == 200 && page.body["fulfilled"] == true), "{pages:?}");
    assert!(deliveries.iter().all(|answer| answer.status == 200), "{deliveries:?}");
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1);
    assert_eq!(app.rows_of("USER#", "INVOICE#").await.len(), 1);
    let moves =
        app.effects(&ada).await.into_iter().filter(|effect| effect["effect"] == "subscription_status_changed").count();
    assert_eq!(moves, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_events_of_one_subscription_at_once_are_all_applied() {
    let (app, proxy) = TestApp::start_before_stripe().await;
    app.hold();
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &premium()).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    let created = app.events("customer.subscription.created").await.pop().unwrap();
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
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
    // Each looks at most once before it loses, and once after: then somebody else has looked since.
    let answered = proxy.answered();
    assert!(0 < answered && answered <= 2 * deliveries, "{answered} answers from Stripe");
    assert_eq!(app.rows_of("EVENT#", "STATE").await.len(), 200);
    assert_eq!(app.failures().await, []);
}

#[tokio::test]
async fn a_declined_card_opens_nothing_and_the_same_page_takes_another_one() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &premium()).await;
    assert_eq!(app.pay(&checkout, DECLINED).await, StatusCode::PAYMENT_REQUIRED);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "not_purchased");
    assert_eq!(app.checkout_of(&ada, &premium()).await.session, checkout.session);
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_learner_has_one_trial() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let first = app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    assert_eq!(app.access(&ada, COURSE).await["because"]["status"], "trialing");

    app.stripe(Method::DELETE, &format!("/v1/subscriptions/{first}"), &[]).await.expect(200);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");

    let again = json!({"plan_id": "premium", "trial_days": 3});
    assert_eq!(app.post(&ada, "/checkout/sessions", &again).await.code(), "trial_used");
    app.subscribe(&ada, &json!({"plan_id": "premium"})).await;
    assert_eq!(app.access(&ada, COURSE).await["because"]["status"], "active");
}

#[tokio::test]
async fn a_shorter_trial_than_the_plans_may_be_asked_for() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let subscription = app.subscribe(&ada, &json!({"plan_id": "premium", "trial_days": 2})).await;
    let found = app.stripe(Method::GET, &format!("/v1/subscriptions/{subscription}"), &[]).await.expect(200);
    let days = found["trial_end"].as_i64().unwrap() - found["trial_start"].as_i64().unwrap();
    assert_eq!((found["status"].as_str(), days), (Some("trialing"), 2 * 86_400));
}

#[tokio::test]
async fn a_family_has_one_open_checkout_and_one_live_subscription() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let monthly = app.checkout_of(&ada, &premium()).await;
    assert_eq!(app.checkout_of(&ada, &premium()).await.session, monthly.session, "a second tab");
    let other = app.checkout_of(&ada, &json!({"plan_id": "plus", "interval": "year"})).await;
    assert_eq!(app.return_page(&ada, &monthly.session).await.expect(200)["status"], "expired");

    assert_eq!(app.pay(&other, PAYS).await, StatusCode::SEE_OTHER);
    app.settle().await;
    for wish in [premium(), json!({"plan_id": "plus"})] {
        let refused = app.post(&ada, "/checkout/sessions", &wish).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "already_owned"));
        assert!(refused.body["detail"].as_str().unwrap().contains("/billing/portal"));
    }
    // What a plan opens can still be bought for good.
    app.checkout(&ada, COURSE).await;
}

#[tokio::test]
async fn what_was_bought_for_good_outlives_the_subscription() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    let subscription = app.subscribe(&ada, &premium()).await;
    app.buy(&ada, COURSE).await;
    app.stripe(Method::DELETE, &format!("/v1/subscriptions/{subscription}"), &[]).await.expect(200);
    app.settle().await;
    assert_eq!(app.reason(&ada, COURSE).await, "purchased");
    assert_eq!(app.reason(&ada, "fine-tuning").await, "subscription_ended");
}

#[tokio::test]
async fn a_payload_of_an_older_version_is_fetched_and_never_read_as_endless() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &premium()).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);

    let mut created = app.events("customer.subscription.created").await.pop().unwrap();
    created["api_version"] = json!("2024-06-20");
    let object = &mut created["data"]["object"];
    // Where the older version has them, and long gone.
    for (name, time) in [("current_period_start", 1_500_000_000), ("current_period_end", 1_502_678_400)] {
        object[name] = json!(time);
        object["items"]["data"][0].as_object_mut().unwrap().remove(name);
    }
    assert_eq!(app.deliver(&created).await.expect(200)["outcome"], "applied");
    let access = app.access(&ada, COURSE).await;
    assert_eq!(access["because"]["reason"], "subscribed");
    assert!(access["until"].is_string(), "{access}");

    let mut paid = app.events("invoice.paid").await.pop().unwrap();
    paid["api_version"] = json!("2024-06-20");
    let object = paid["data"]["object"].as_object_mut().unwrap();
    let parent = object.remove("parent").unwrap();
    object.insert("subscription".to_owned(), parent["subscription_details"]["subscription"].clone());
    assert_eq!(app.deliver(&paid).await.expect(200)["outcome"], "applied");
    assert_eq!(app.rows_of("USER#", "INVOICE#").await[0]["status"], "paid");
}

#[tokio::test]
async fn a_dispute_finds_its_subscription_before_any_other_event_does() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let checkout = app.checkout_of(&ada, &premium()).await;
    assert_eq!(app.pay(&checkout, PAYS).await, StatusCode::SEE_OTHER);
    let intent = app.events("payment_intent.succeeded").await.pop().unwrap()["data"]["object"]["id"].clone();
    let dispute = app.dispute(intent.as_str().unwrap(), "chargeback").await;
    let opened = app.events("charge.dispute.created").await.pop().unwrap();

    assert_eq!(app.deliver(&opened).await.expect(200)["outcome"], "applied");
    let access = app.access(&ada, COURSE).await;
    assert_eq!(
        (access["because"]["reason"].as_str(), &access["because"]["dispute"]),
        (Some("subscription_disputed"), &json!(dispute))
    );

    app.press(&format!("disputes/{dispute}/won")).await;
    let closed = app.events("charge.dispute.closed").await.pop().unwrap();
    app.deliver(&closed).await.expect(200);
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
}

#[tokio::test]
async fn a_plan_sold_without_us_waits_for_an_operator() {
    let app = TestApp::start().await;
    app.hold();
    let ada = app.ada().await;
    let ours = app.checkout_of(&ada, &premium()).await;
    let items = format!("/v1/checkout/sessions/{}/line_items", ours.session);
    let price = app.stripe(Method::GET, &items, &[]).await.expect(200)["data"][0]["price"]["id"].clone();
    let form = [
        ("mode", "subscription"),
        ("line_items[0][price]", price.as_str().unwrap()),
        ("line_items[0][quantity]", "1"),
        ("success_url", "https://example.com/"),
    ];
    let sold = app.stripe(Method::POST, "/v1/checkout/sessions", &form).await.expect(200);
    let text = |name: &str| sold[name].as_str().unwrap().to_owned();
    let sold = crate::support::app::Checkout { session: text("id"), url: text("url") };
    assert_eq!(app.pay(&sold, PAYS).await, StatusCode::SEE_OTHER);

    for kind in ["customer.subscription.created", "checkout.session.completed"] {
        let event = app.events(kind).await.pop().unwrap();
        assert_eq!(app.deliver(&event).await.expect(200)["outcome"], "unassigned", "{kind}");
    }
    let paid = app.events("invoice.paid").await.pop().unwrap();
    assert_eq!(app.deliver(&paid).await.expect(200)["outcome"], "not_ours");
    assert!(app.failures().await.iter().all(|failure| failure.code == "unassigned_sale"));
    assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 0);
}

#[tokio::test]
async fn a_deleted_customer_is_forgotten_and_the_subscription_ends() {
    let app = TestApp::start().await;
    let ada = app.ada().await;
    app.subscribe(&ada, &premium()).await;
    let profile = app.rows_of("USER#", "PROFILE").await.remove(0);
    let customer = profile["customer"].as_str().unwrap();

    app.stripe(Method::DELETE, &format!("/v1/customers/{customer}"), &[]).await.expect(200);
    app.settle().await;

    let profile = app.rows_of("USER#", "PROFILE").await.remove(0);
    assert_eq!((profile.get("customer"), &profile["former_customer"]), (None, &json!(customer)));
    assert_eq!(app.reason(&ada, COURSE).await, "subscription_ended");
    app.subscribe(&ada, &premium()).await;
    assert_eq!(app.reason(&ada, COURSE).await, "subscribed");
}
