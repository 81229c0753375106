//! Webhook endpoints, for the operator's tool.

use secrecy::SecretString;
use stripe_misc::webhook_endpoint::{
    CreateWebhookEndpoint, CreateWebhookEndpointEnabledEvents, DeleteWebhookEndpoint, ListWebhookEndpoint,
};

use super::mutation::Mutation;
use super::page_size::MAX_PAGE_SIZE;
use crate::domain::AppId;
use crate::stripe::client::StripeClient;
use crate::stripe::error::StripeError;
use crate::stripe::metadata::app_metadata;

/// An endpoint that Stripe sends events to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// `we_..`
    pub id: String,
    /// Where it is.
    pub url: String,
    /// The version of its payloads.
    pub api_version: Option<String>,
    /// What it is sent.
    pub events: Vec<String>,
    /// Whether it is sent anything at all.
    pub enabled: bool,
}

/// All endpoints of the account, the newest first.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn list_webhook_endpoints(stripe: &StripeClient) -> Result<Vec<WebhookEndpoint>, StripeError> {
    // Stripe allows 16 per account: one page has them all.
    let page = ListWebhookEndpoint::new().limit(MAX_PAGE_SIZE).send(stripe).await?;
    let endpoints = page.data.into_iter().map(|endpoint| WebhookEndpoint {
        id: endpoint.id.to_string(),
        url: endpoint.url,
        api_version: endpoint.api_version,
        events: endpoint.enabled_events,
        enabled: endpoint.status == "enabled",
    });
    Ok(endpoints.collect())
}

/// Creates an endpoint for these events, with payloads of the version that our types read. Its id, and the signing
/// secret, which Stripe shows only now.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn create_webhook_endpoint(
    stripe: &StripeClient,
    app: &AppId,
    url: &str,
    events: &[&str],
    key: &str,
) -> Result<(String, SecretString), StripeError> {
    let events: Vec<CreateWebhookEndpointEnabledEvents> =
        // Parsing cannot fail: what the library does not know travels as it is.
        events.iter().filter_map(|event| event.parse().ok()).collect();
    let request = CreateWebhookEndpoint::new(events, url)
        .api_version(stripe_shared::version::VERSION)
        .description("Tuition")
        .metadata(app_metadata(app));
    let endpoint = Mutation::new(stripe, key).send(request).await?;
    let secret = endpoint.secret.ok_or_else(|| StripeError::Unreadable { what: "a signing secret".to_owned() })?;
    Ok((endpoint.id.to_string(), secret.into()))
}

/// Removes an endpoint.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn delete_webhook_endpoint(stripe: &StripeClient, id: &str) -> Result<(), StripeError> {
    DeleteWebhookEndpoint::new(id).send(stripe).await.map(drop)
}
