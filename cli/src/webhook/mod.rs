//! `tuition webhook`: the endpoint at Stripe, and the secret that its deliveries are signed with.
//!
//! Rotating takes two steps, with a restart of the functions in between. First a second endpoint for the same URL is
//! created and both secrets are kept: every event comes twice, and the second one is a duplicate. Then, when the
//! functions know both, the older endpoint is removed. Nothing is lost at any moment.

mod parameter;

use jiff::Timestamp;
use secrecy::SecretString;
use shared::domain::AppId;
use shared::fulfil::events::EVENTS;
use shared::stripe::{self, Endpoint, StripeClient, StripeError, api_version};

pub use parameter::{Parameter, ParameterError};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Stripe.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// Stripe sends events there already.
    #[error("{0} sends events there already: `tuition webhook rotate` replaces it")]
    Exists(String),
    /// There is nothing to rotate.
    #[error("Stripe sends no events there: `tuition webhook create` comes first")]
    None,
    /// The first step was done before.
    #[error("there are {0} endpoints for this URL: `tuition webhook rotate --finish` comes next")]
    AlreadyRotating(usize),
    /// The first step was not done.
    #[error("there is only one endpoint for this URL: `tuition webhook rotate` comes first")]
    NotRotating,
}

/// Creates the endpoint for a deployed function URL, with exactly the events that we handle and the version that we
/// read. Its signing secret.
///
/// # Errors
/// When there is one already, or Stripe refuses or does not answer.
pub async fn create(stripe: &StripeClient, app: &AppId, url: &str) -> Result<SecretString, WebhookError> {
    match for_url(stripe, url).await?.first() {
        Some(endpoint) => Err(WebhookError::Exists(endpoint.id.clone())),
        None => add(stripe, app, url).await,
    }
}

/// The first step of rotating: a second endpoint. Its secret belongs before the old one until the second step.
///
/// # Errors
/// When there is no endpoint, or the first step was done before, or Stripe refuses or does not answer.
pub async fn begin_rotation(stripe: &StripeClient, app: &AppId, url: &str) -> Result<SecretString, WebhookError> {
    match for_url(stripe, url).await?.len() {
        0 => Err(WebhookError::None),
        1 => add(stripe, app, url).await,
        several => Err(WebhookError::AlreadyRotating(several)),
    }
}

/// The second step: all endpoints for the URL but the newest go. How many went.
///
/// # Errors
/// When the first step was not done, or Stripe refuses or does not answer.
pub async fn finish_rotation(stripe: &StripeClient, url: &str) -> Result<usize, WebhookError> {
    let endpoints = for_url(stripe, url).await?;
    let older = endpoints.get(1..).unwrap_or_default();
    if older.is_empty() {
        return Err(WebhookError::NotRotating);
    }
    for endpoint in older {
        stripe::delete_endpoint(stripe, &endpoint.id).await?;
    }
    Ok(older.len())
}

/// What an operator should know about the endpoint for a URL: nothing when all is well.
///
/// # Errors
/// When Stripe refuses or does not answer.
pub async fn findings(stripe: &StripeClient, url: &str) -> Result<Vec<String>, WebhookError> {
    let endpoints = for_url(stripe, url).await?;
    let Some(newest) = endpoints.first() else { return Err(WebhookError::None) };
    let mut findings = Vec::new();
    if !newest.enabled {
        findings.push("it is disabled".to_owned());
    }
    if newest.api_version.as_deref() != Some(api_version()) {
        findings.push(format!("its payloads are not of version {}: every event costs a fetch", api_version()));
    }
    for (event, _) in EVENTS {
        if !newest.events.iter().any(|sent| sent == event || sent == "*") {
            findings.push(format!("it is not sent {event}"));
        }
    }
    Ok(findings)
}

async fn add(stripe: &StripeClient, app: &AppId, url: &str) -> Result<SecretString, WebhookError> {
    let events: Vec<&str> = EVENTS.iter().map(|(event, _)| *event).collect();
    let key = format!("{app}:webhook:{}", Timestamp::now().as_millisecond());
    let (_, secret) = stripe::create_endpoint(stripe, app, url, &events, &key).await?;
    Ok(secret)
}

/// The endpoints for a URL, the newest first; a trailing slash makes no difference.
async fn for_url(stripe: &StripeClient, url: &str) -> Result<Vec<Endpoint>, StripeError> {
    let same = |endpoint: &Endpoint| endpoint.url.trim_end_matches('/') == url.trim_end_matches('/');
    Ok(stripe::endpoints(stripe).await?.into_iter().filter(same).collect())
}
