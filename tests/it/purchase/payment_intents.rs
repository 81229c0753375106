//! Shows that a payment intent opens its course when it is paid, in whatever order event and page come, and not before.

use futures_util::future::join_all;
use local::Options;
use serde_json::{Value, json};
use shared::config::Lookup;

use crate::support::app::TestApp;
use crate::support::catalog::{COURSE, PRICE_USD};
use crate::support::payment_intents::{AUTHENTICATED, DECLINED, PAYMENT_INTENTS, VISA};

#[tokio::test]
async fn a_payment_intent_has_the_catalogs_price_and_names_the_sale() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let opened = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE, "amount": PRICE_USD})).await.expect(201);
    let intent = app.intent_at_stripe(opened["payment_intent_id"].as_str().unwrap()).await;
    let expected = json!({
        "payment_intent_id": intent["id"],
        "client_secret": intent["client_secret"],
        "amount": PRICE_USD,
        "currency": "usd",
        "publishable_key": "pk_test_tuition",
        "status": "requires_payment_method", "referral": null,
        "credit": {"used": 0, "currency": "usd", "left": 0},
    });
    assert_eq!(opened, expected);
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(PRICE_USD), &json!("usd")));
    assert_eq!(intent["automatic_payment_methods"]["enabled"], true);
    assert_eq!(intent["customer"], json!(app.only_customer().await));
    assert_eq!(intent["metadata"]["tuition_app"], "tuition");
    assert_eq!(intent["metadata"]["tuition_user"], json!(ada.user));
    assert_eq!(intent["metadata"]["tuition_product"], COURSE);
    assert!(intent["metadata"]["tuition_price"].as_str().unwrap().starts_with("price_"));
}

#[tokio::test]
async fn a_bundle_is_paid_by_its_price_in_another_currency() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let catalog = ada.get("/catalog").await.expect(200);
    assert_eq!(catalog["stripe_publishable_key"], "pk_test_tuition");
    let products = catalog["products"].as_array().unwrap();
    let bundle = products.iter().find(|product| product["id"] == "practice-bundle").unwrap();
    let euros = bundle["prices"].as_array().unwrap().iter().find(|price| price["currency"] == "eur").unwrap();
    let opened = ada.post(PAYMENT_INTENTS, json!({"price_id": euros["price_id"]})).await.expect(201);
    assert_eq!((&opened["amount"], &opened["currency"]), (&euros["amount"], &json!("eur")));
    app.pay_intent(opened["payment_intent_id"].as_str().unwrap()).await;
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn a_payment_opens_the_course_and_closes_the_slot() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    assert_eq!(
        ada.show_intent(&intent).await.expect(200),
        json!({"status": "requires_payment_method", "fulfilled": false})
    );
    assert_eq!(ada.access_reason(COURSE).await, "not_purchased");

    app.pay_intent(&intent).await;
    app.settle().await;
    assert_eq!(ada.access(COURSE).await["because"]["source"], json!(intent));
    let slot = app.rows_of("USER#", "ACCESS_CHECKOUT#").await.remove(0);
    assert_eq!((&slot["state"], slot.get("operator_list")), (&json!("closed"), None));
    for path in [PAYMENT_INTENTS, "/checkout/sessions"] {
        ada.post(path, json!({"course_id": COURSE})).await.expect_problem(409, "already_owned");
    }
}

/// Event, page and event again: each of them comes first once, and the others write nothing more.
#[tokio::test]
async fn the_page_and_the_event_fulfil_once_whichever_comes_first() {
    for page_first in [true, false] {
        let app = TestApp::start().await;
        app.hold_webhooks();
        let ada = app.as_learner("ada").await;
        let intent = ada.payment_intent(COURSE).await;
        app.pay_intent(&intent).await;
        let event = app.event_about("payment_intent.succeeded", &intent).await;
        if page_first {
            assert_eq!(ada.show_intent(&intent).await.expect(200), json!({"status": "succeeded", "fulfilled": true}));
        } else {
            app.deliver(&event).await.expect(200);
        }
        assert_eq!(ada.access_reason(COURSE).await, "purchased", "page first: {page_first}");
        let after_first = ada.transitions().await;
        app.deliver(&event).await.expect(200);
        ada.show_intent(&intent).await.expect(200);
        app.deliver(&event).await.expect(200);
        assert_eq!(ada.transitions().await, after_first);
        assert_eq!(app.rows_of("USER#", "ACCESS#").await.len(), 1);
        assert_eq!(app.rows_of("USER#", "ACCESS_CHECKOUT#").await[0]["state"], "closed", "page first: {page_first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_pages_and_deliveries_at_once_write_one_purchase() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("CALLS_PER_MINUTE", "1000")).await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.pay_intent(&intent).await;
    let event = app.event_about("payment_intent.succeeded", &intent).await;
    let calls = (0..50).map(async |number| {
        if number % 2 == 0 { app.deliver(&event).await } else { ada.show_intent(&intent).await }.status.as_u16()
    });
    // One that meets too many others is told to come back.
    assert!(join_all(calls).await.iter().all(|status| [200, 500, 503].contains(status)));
    app.deliver(&event).await.expect(200);
    assert_eq!(ada.transitions().await.len(), 1);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

/// The customer is known: one call to Stripe opens the payment intent, and none is needed when it is paid.
#[tokio::test]
async fn an_ordinary_payment_is_one_call_to_stripe() {
    let (app, stripe) = TestApp::start_with_stripe_proxy().await;
    let ada = app.as_learner("ada").await;
    ada.buy("fine-tuning").await;
    stripe.reset();
    let intent = ada.payment_intent(COURSE).await;
    assert_eq!(stripe.calls(), ["POST /v1/payment_intents"]);
    stripe.reset();
    app.pay_intent(&intent).await;
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
    assert_eq!(stripe.calls(), [""; 0]);
}

#[tokio::test]
async fn a_declined_card_buys_nothing_and_the_same_payment_intent_takes_another_card() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.confirm_intent(&intent, &[("payment_method", DECLINED)]).await.expect(402);
    app.settle().await;
    assert_eq!(ada.show_intent(&intent).await.expect(200)["fulfilled"], false);
    assert_eq!(app.rows_of("USER#", "ACCESS#").await, [Value::Null; 0]);
    assert_eq!(ada.payment_intent(COURSE).await, intent, "it is still the open one");
    app.confirm_intent(&intent, &[("payment_method", VISA)]).await.expect(200);
    app.settle().await;
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

#[tokio::test]
async fn a_payment_that_waits_for_authentication_opens_nothing_and_stays_open() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    let asked = app.confirm_intent(&intent, &[("payment_method", AUTHENTICATED)]).await.expect(200);
    assert_eq!(asked["status"], "requires_action");
    app.settle().await;
    assert_eq!(ada.show_intent(&intent).await.expect(200), json!({"status": "requires_action", "fulfilled": false}));
    assert_eq!(ada.access_reason(COURSE).await, "not_purchased");
    let again = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await.expect(200);
    assert_eq!((&again["payment_intent_id"], &again["status"]), (&json!(intent), &json!("requires_action")));
}

#[tokio::test]
async fn another_learners_payment_intent_is_not_found() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    let intent = ada.payment_intent(COURSE).await;
    app.pay_intent(&intent).await;
    let grace = app.as_learner("grace").await;
    grace.show_intent(&intent).await.expect_problem(404, "not_found");
    assert_eq!(grace.access_reason(COURSE).await, "not_purchased");
    ada.show_intent("pi_unknown").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn without_a_publishable_key_there_are_sessions_only() {
    let app = TestApp::start_with(Options::ephemeral().with_variable("STRIPE_PUBLISHABLE_KEY", "")).await;
    let ada = app.as_learner("ada").await;
    assert_eq!(ada.get("/catalog").await.expect(200)["stripe_publishable_key"], Value::Null);
    let refused = ada.post(PAYMENT_INTENTS, json!({"course_id": COURSE})).await;
    refused.expect_problem(404, "payment_intents_disabled");
    assert_eq!(app.payable_intents().await, [""; 0]);
    ada.checkout(COURSE).await;
}

#[test]
fn a_publishable_key_of_the_other_mode_stops_the_start() {
    for (key, reason) in [("pk_live_1", "it is a live key"), ("sk_test_1", "it starts with pk_test_ or pk_live_")] {
        let find = |name: &str| match name {
            "APP_ORIGINS" => Some("https://school.example".to_owned()),
            "STRIPE_PUBLISHABLE_KEY" => Some(key.to_owned()),
            "STRIPE_SECRET_KEY" => Some("sk_test_1".to_owned()),
            _ => None,
        };
        let lookup = Lookup::new(&find);
        let errors = [
            checkout::Config::from_lookup(&lookup).unwrap_err().to_string(),
            courses::Config::from_lookup(&lookup).unwrap_err().to_string(),
        ];
        for error in errors {
            assert!(error.starts_with(&format!("STRIPE_PUBLISHABLE_KEY is not usable: {reason}")), "{error}");
            assert!(!error.contains(key), "an error never shows the key: {error}");
        }
    }
}
