//! Shows that only what Stripe signed is applied, byte for byte, and that an unreadable payload is fetched.

use jiff::{SignedDuration, Timestamp};
use local::Options;
use serde_json::{Value, json};
use shared::stripe::sign;

use crate::support::app::TestApp;
use crate::support::catalog::COURSE;
use crate::support::expected_responses::{ExpectedResponse, check_responses};

#[tokio::test]
async fn a_delivery_without_a_valid_signature_is_refused_and_writes_nothing() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let payload = completed.to_string();
    let (bytes, secret, now) = (payload.as_bytes(), app.stack.webhook_secret(), Timestamp::now());
    let signed = |payload: &str, secret: &str, at: Timestamp| Some(sign(secret, payload.as_bytes(), at));
    let shifted = |seconds| now + SignedDuration::from_secs(seconds);
    let mut live = completed.clone();
    live["livemode"] = json!(true);
    let live = live.to_string();
    let good = sign(secret, bytes, now);
    let huge = format!("{{\"id\":\"evt_1\",\"padding\":\"{}\"}}", "x".repeat(256 * 1024));
    let before = app.rows_without_rates().await;

    let deliveries: Vec<(&str, String, Option<String>, u16, &'static str)> = vec![
        ("no signature", payload.clone(), None, 400, "signature_missing"),
        ("an empty signature", payload.clone(), Some(String::new()), 400, "signature_missing"),
        ("no signature at all in it", payload.clone(), Some("hello".to_owned()), 400, "signature_malformed"),
        ("no time", payload.clone(), Some(good.split_once(',').unwrap().1.to_owned()), 400, "signature_malformed"),
        ("no v1", payload.clone(), Some(good.split_once(',').unwrap().0.to_owned()), 400, "signature_invalid"),
        ("only Stripe's fake scheme", payload.clone(), Some(good.replace("v1=", "v0=")), 400, "signature_invalid"),
        ("another secret", payload.clone(), signed(&payload, "whsec_other", now), 400, "signature_invalid"),
        ("another body", format!("{payload} "), Some(good.clone()), 400, "signature_invalid"),
        ("stale", payload.clone(), signed(&payload, secret, shifted(-302)), 400, "signature_stale"),
        ("from the future", payload.clone(), signed(&payload, secret, shifted(310)), 400, "signature_stale"),
        ("a changed time", payload.clone(), Some(good.replace("t=", "t=1")), 400, "signature_invalid"),
        ("not JSON", "hello".to_owned(), signed("hello", secret, now), 400, "not_an_event"),
        ("nothing", String::new(), signed("", secret, now), 400, "not_an_event"),
        ("not an event", "{}".to_owned(), signed("{}", secret, now), 400, "not_an_event"),
        ("a list", "[1]".to_owned(), signed("[1]", secret, now), 400, "not_an_event"),
        ("live", live.clone(), signed(&live, secret, now), 400, "wrong_livemode"),
        ("too large", huge.clone(), signed(&huge, secret, now), 413, "body_too_large"),
    ];
    let mut responses = Vec::new();
    for (name, payload, signature, status, code) in deliveries {
        let response = app.deliver_signed(payload.as_bytes(), signature.as_deref()).await;
        responses.push(ExpectedResponse { request: name.to_owned(), response, status, code });
    }
    check_responses(&responses, 17);
    assert_eq!(app.rows_without_rates().await, before);
    assert!(app.failures().await.is_empty());
    app.deliver_signed(bytes, Some(&good)).await.expect(200);
}

#[tokio::test]
async fn while_secrets_are_rotated_each_of_them_is_accepted() {
    let options = Options::ephemeral().with_variable("STRIPE_WEBHOOK_SECRET", "whsec_old,whsec_new");
    let app = TestApp::start_with(options).await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    let payload = completed.to_string();
    for secret in ["whsec_old", "whsec_new"] {
        let signature = sign(secret, payload.as_bytes(), Timestamp::now());
        app.deliver_signed(payload.as_bytes(), Some(&signature)).await.expect(200);
    }
    let signature = sign("whsec_gone", payload.as_bytes(), Timestamp::now());
    assert_eq!(app.deliver_signed(payload.as_bytes(), Some(&signature)).await.code(), "signature_invalid");
}

#[tokio::test]
async fn the_signature_is_checked_against_the_raw_bytes() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, completed) = ada.buy_without_webhooks(COURSE).await;
    // Unusual whitespace and an emoji: all of it must arrive as it was sent.
    let mut event = completed;
    event["data"]["object"]["client_reference_id"] = json!("🎓 ünï");
    let odd = format!("\r\n\t {}\n\n", serde_json::to_string_pretty(&event).unwrap().replace("\": ", "\" :\t"));
    app.deliver_bytes(odd.as_bytes()).await.expect(200);
    assert_eq!(ada.access_reason(COURSE).await, "purchased");
}

/// A payload of our version that our types cannot read.
#[tokio::test(flavor = "multi_thread")]
async fn the_object_of_an_unreadable_payload_is_fetched() {
    let app = TestApp::start().await;
    app.hold_webhooks();
    let ada = app.as_learner("ada").await;
    let (_, mut completed) = ada.buy_without_webhooks(COURSE).await;
    completed["data"]["object"]["custom_fields"] = Value::Null;
    let answer = app.deliver(&completed).await;
    assert_eq!(answer.status, 200);
}
