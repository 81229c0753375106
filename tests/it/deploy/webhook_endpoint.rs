//! Shows how the operator's tool creates the endpoint of the webhook at Stripe, checks it, and rotates its secret.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use cli::webhook::{Parameter, Webhook, WebhookError};
use serde_json::{Value, json};
use shared::fulfil;
use shared::fulfil::events::HANDLED_EVENTS;
use shared::stripe::api_version;

use crate::support::app::TestApp;
use crate::support::parameter_store::{Fault, ParameterStore};

/// An address that nothing listens on; Stripe need not reach it.
const URL: &str = "http://127.0.0.1:9/";

/// A running stack, and where an operator keeps secrets.
struct Installation {
    app: TestApp,
    context: fulfil::Context,
    secrets: ParameterStore,
    parameter: Parameter,
}

impl Installation {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let (secrets, sdk): (ParameterStore, SdkConfig) = ParameterStore::start().await;
        Self { context: app.context(), app, secrets, parameter: Parameter::new(&sdk, "/tuition/webhook-secret") }
    }

    fn webhook(&self) -> Webhook<'_> {
        let fulfil::Context { stripe, app, .. } = &self.context;
        Webhook { stripe, app, url: URL, parameter: &self.parameter }
    }

    /// The endpoints for the URL, the newest first.
    async fn endpoints(&self) -> Vec<Value> {
        let list = self.app.stripe_get("/v1/webhook_endpoints").await;
        list["data"].as_array().unwrap().iter().filter(|endpoint| endpoint["url"] == URL).cloned().collect()
    }
}

#[tokio::test]
async fn the_endpoint_has_the_handled_events_and_the_api_version() {
    let here = Installation::start().await;
    here.webhook().create().await.unwrap();
    assert!(here.secrets.value().starts_with("whsec_"));

    let endpoint = here.endpoints().await.remove(0);
    let handled: Vec<&str> = HANDLED_EVENTS.iter().map(|(event, _)| *event).collect();
    assert_eq!(endpoint["enabled_events"], json!(handled));
    assert_eq!(endpoint["api_version"], json!(api_version()));
    assert_eq!(endpoint["metadata"], json!({"tuition_app": "tuition"}));
    assert_eq!(here.webhook().problems().await.unwrap(), [""; 0]);
    let again = here.webhook().create().await;
    assert!(matches!(again, Err(WebhookError::EndpointExists(_))), "{again:?}");
}

#[tokio::test]
async fn a_secret_is_rotated_in_two_steps() {
    let here = Installation::start().await;
    let none = here.webhook().begin_rotation().await;
    assert!(matches!(none, Err(WebhookError::NoEndpoint)), "{none:?}");
    here.webhook().create().await.unwrap();
    let old = here.secrets.value();
    let early = here.webhook().finish_rotation().await;
    assert!(matches!(early, Err(WebhookError::NotRotating)), "{early:?}");

    here.webhook().begin_rotation().await.unwrap();
    let both = here.secrets.value();
    let new = both.strip_suffix(&format!(",{old}")).unwrap();
    assert_ne!(new, old);
    let before = here.endpoints().await;
    assert_eq!(before.len(), 2, "both deliver");
    let twice = here.webhook().begin_rotation().await;
    assert!(matches!(twice, Err(WebhookError::AlreadyRotating(2))), "{twice:?}");

    here.webhook().finish_rotation().await.unwrap();
    let after = here.endpoints().await;
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["id"], before[0]["id"], "the newest one stays");
    assert_eq!(here.secrets.value(), new);
}

#[tokio::test]
async fn an_endpoint_whose_secret_cannot_be_stored_is_removed_again() {
    let here = Installation::start().await;
    here.secrets.fail(Some(Fault::Refused));
    let created = here.webhook().create().await;
    assert!(matches!(created, Err(WebhookError::SecretNotStored(_))), "{created:?}");
    assert_eq!(here.endpoints().await.len(), 0);

    here.secrets.fail(None);
    here.webhook().create().await.unwrap();
    let (endpoints, secret) = (here.endpoints().await, here.secrets.value());
    here.secrets.fail(Some(Fault::Refused));
    let begun = here.webhook().begin_rotation().await;
    assert!(matches!(begun, Err(WebhookError::SecretNotStored(_))), "{begun:?}");
    assert_eq!((here.endpoints().await, here.secrets.value()), (endpoints, secret), "all is as before");
}

#[tokio::test]
async fn a_secret_that_was_stored_although_the_answer_was_lost_is_used() {
    let here = Installation::start().await;
    here.secrets.fail(Some(Fault::AnswerLost));
    here.webhook().create().await.unwrap();
    here.webhook().begin_rotation().await.unwrap();
    assert_eq!((here.endpoints().await.len(), here.secrets.value().split(',').count()), (2, 2));
}

#[tokio::test]
async fn when_it_is_unknown_whether_the_secret_was_stored_the_error_names_the_endpoint() {
    let here = Installation::start().await;
    here.secrets.fail(Some(Fault::Down));
    let created = here.webhook().create().await;
    let endpoints = here.endpoints().await;
    let is_named = matches!(&created, Err(WebhookError::SecretMayBeLost { endpoint, .. }) if endpoints[0]["id"] == endpoint.as_str());
    assert!(is_named && endpoints.len() == 1, "{created:?} {endpoints:?}");
}

#[tokio::test]
async fn a_parameter_that_another_stack_may_use_is_not_overwritten() {
    let here = Installation::start().await;
    here.webhook().create().await.unwrap();
    let secret = here.secrets.value();
    let another = Webhook { url: "http://127.0.0.1:9/another", ..here.webhook() }.create().await;
    assert!(matches!(another, Err(WebhookError::SecretExists(_))), "{another:?}");
    assert_eq!(here.secrets.value(), secret);
}

#[tokio::test]
async fn no_endpoint_is_removed_while_the_secret_of_the_other_one_is_lost() {
    let here = Installation::start().await;
    here.webhook().create().await.unwrap();
    let form = [("url", URL), ("enabled_events[0]", "charge.refunded")];
    here.app.stripe_post("/v1/webhook_endpoints", &form).await;
    let finished = here.webhook().finish_rotation().await;
    let newest = here.endpoints().await[0]["id"].as_str().unwrap().to_owned();
    let lost = matches!(&finished, Err(WebhookError::NewSecretMissing { endpoint, .. }) if *endpoint == newest);
    assert!(lost, "{finished:?}");
    assert_eq!(here.endpoints().await.len(), 2);
}

#[tokio::test]
async fn nothing_is_rotated_when_the_parameter_holds_no_secret() {
    let here = Installation::start().await;
    here.webhook().create().await.unwrap();
    here.secrets.clear();
    let begun = here.webhook().begin_rotation().await;
    assert!(matches!(begun, Err(WebhookError::NoSecret { .. })), "{begun:?}");
    assert_eq!(here.endpoints().await.len(), 1);
}

#[tokio::test]
async fn a_rotation_that_stopped_half_way_is_completed_by_another_one() {
    let here = Installation::start().await;
    here.webhook().create().await.unwrap();
    here.webhook().begin_rotation().await.unwrap();
    let both = here.secrets.value();
    here.secrets.fail(Some(Fault::Refused));
    let finished = here.webhook().finish_rotation().await;
    assert!(matches!(finished, Err(WebhookError::Parameter(_))), "{finished:?}");
    assert_eq!((here.endpoints().await.len(), here.secrets.value()), (1, both.clone()));

    here.secrets.fail(None);
    here.webhook().begin_rotation().await.unwrap();
    let all = here.secrets.value();
    here.webhook().finish_rotation().await.unwrap();
    assert_eq!(here.secrets.value(), all.strip_suffix(&format!(",{both}")).unwrap());
    assert_eq!(here.webhook().problems().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn the_check_names_everything_that_is_wrong_with_an_endpoint() {
    let here = Installation::start().await;
    let form = [("url", URL), ("enabled_events[0]", "charge.refunded"), ("enabled_events[1]", "charge.succeeded")];
    here.app.stripe_post("/v1/webhook_endpoints", &form).await;
    let findings = here.webhook().problems().await.unwrap();
    assert_eq!(
        findings.len(),
        HANDLED_EVENTS.len() + 1,
        "every event but one, the surplus one, no secret: {findings:?}"
    );
    assert!(!findings.contains(&"it does not receive charge.refunded".to_owned()), "{findings:?}");
    assert!(findings.contains(&"it receives charge.succeeded, which is only partly handled".to_owned()));
    assert!(findings.last().unwrap().contains("1 endpoints for this URL and 0 secrets"), "{findings:?}");
}

#[tokio::test]
async fn the_webhook_endpoint_is_sent_every_event_that_we_handle() {
    let app = TestApp::start().await;
    let context = app.context();
    let (_, sdk) = ParameterStore::start().await;
    let (url, parameter) = ("http://127.0.0.1:9/", Parameter::new(&sdk, "/tuition/stripe-webhook-secret"));
    Webhook { stripe: &context.stripe, app: &context.app, url, parameter: &parameter }.create().await.unwrap();
    let list = app.stripe_get("/v1/webhook_endpoints").await;
    let sent: BTreeSet<&str> =
        list["data"][0]["enabled_events"].as_array().unwrap().iter().map(|event| event.as_str().unwrap()).collect();
    assert_eq!(sent, HANDLED_EVENTS.iter().map(|(event, _)| *event).collect());
}
