//! The operator's tool against Stripe: the webhook's endpoint, from creating it to rotating its secret.

use cli::webhook::{WebhookError, begin_rotation, create, findings, finish_rotation};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use shared::fulfil::events::EVENTS;
use shared::stripe::api_version;

use crate::support::app::TestApp;

/// An address that nothing listens on; Stripe need not reach it.
const URL: &str = "http://127.0.0.1:9/";

async fn endpoints(app: &TestApp) -> Vec<Value> {
    let list = app.stripe(Method::GET, "/v1/webhook_endpoints", &[]).await.expect(200);
    list["data"].as_array().unwrap().iter().filter(|endpoint| endpoint["url"] == URL).cloned().collect()
}

#[tokio::test]
async fn the_endpoint_is_sent_exactly_what_we_handle_in_the_version_that_we_read() {
    let app = TestApp::start().await;
    let context = app.context();
    let secret = create(&context.stripe, &context.app, URL).await.unwrap();
    assert!(secret.expose_secret().starts_with("whsec_"));

    let endpoint = endpoints(&app).await.remove(0);
    let handled: Vec<&str> = EVENTS.iter().map(|(event, _)| *event).collect();
    assert_eq!(endpoint["enabled_events"], json!(handled));
    assert_eq!(endpoint["api_version"], json!(api_version()));
    assert_eq!(endpoint["metadata"], json!({"tuition_app": "tuition"}));
    assert!(findings(&context.stripe, URL).await.unwrap().is_empty());
    let again = create(&context.stripe, &context.app, URL).await;
    assert!(matches!(again, Err(WebhookError::Exists(_))), "{again:?}");
}

#[tokio::test]
async fn a_secret_is_rotated_in_two_steps_that_cannot_be_confused() {
    let app = TestApp::start().await;
    let context = app.context();
    let none = begin_rotation(&context.stripe, &context.app, URL).await;
    assert!(matches!(none, Err(WebhookError::None)), "{none:?}");
    let old = create(&context.stripe, &context.app, URL).await.unwrap();
    let early = finish_rotation(&context.stripe, URL).await;
    assert!(matches!(early, Err(WebhookError::NotRotating)), "{early:?}");

    let new = begin_rotation(&context.stripe, &context.app, URL).await.unwrap();
    assert_ne!(old.expose_secret(), new.expose_secret());
    let before = endpoints(&app).await;
    assert_eq!(before.len(), 2, "both deliver");
    let twice = begin_rotation(&context.stripe, &context.app, URL).await;
    assert!(matches!(twice, Err(WebhookError::AlreadyRotating(2))), "{twice:?}");

    assert_eq!(finish_rotation(&context.stripe, URL).await.unwrap(), 1);
    let after = endpoints(&app).await;
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["id"], before[0]["id"], "the newest one stays");
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_named() {
    let app = TestApp::start().await;
    let form = [("url", URL), ("enabled_events[0]", "charge.refunded")];
    app.stripe(Method::POST, "/v1/webhook_endpoints", &form).await.expect(200);
    let findings = findings(&app.context().stripe, URL).await.unwrap();
    assert_eq!(findings.len(), EVENTS.len() - 1, "every event but one: {findings:?}");
    assert!(!findings.contains(&"it is not sent charge.refunded".to_owned()), "{findings:?}");
}
