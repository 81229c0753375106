//! `tuition webhook`: the endpoint at Stripe, and the secret that its deliveries are signed with.
//!
//! Rotating the secret takes two steps, with a restart of the functions in between. The first step creates a second
//! endpoint for the same URL and stores both secrets. Every event then arrives twice, and the functions ignore the
//! duplicate. The second step removes the older endpoint. No event is lost.
//!
//! Stripe shows a secret only once, when its endpoint is created. So each step reads the parameter before it creates an
//! endpoint. An endpoint whose secret could not be stored is removed. No endpoint is removed while the parameter has fewer
//! secrets than there are endpoints. After a failure, rotate again.

mod parameter;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use shared::domain::AppId;
use shared::fulfil::events::HANDLED_EVENTS;
use shared::stripe::{self, StripeClient, StripeError, WebhookEndpoint, api_version};

pub use parameter::{Parameter, ParameterError};

/// Why the operation failed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Stripe.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// The secrets' parameter.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Stripe already sends events to this URL.
    #[error("{0} already sends events to this URL: `tuition webhook rotate` replaces it")]
    EndpointExists(String),
    /// There is nothing to rotate.
    #[error("Stripe sends no events to this URL: run `tuition webhook create` first")]
    NoEndpoint,
    /// The first step of the rotation was already done.
    #[error("there are {0} endpoints for this URL: run `tuition webhook rotate --finish` next")]
    AlreadyRotating(usize),
    /// The first step of the rotation was not done.
    #[error("there is only one endpoint for this URL: run `tuition webhook rotate` first")]
    NotRotating,
    /// The endpoint's secret is not in the parameter.
    #[error(
        "{parameter} holds no secret. If it is the right parameter, account and region, then the secret of {endpoint} is \
         lost: delete that endpoint in Stripe's dashboard, and then `tuition webhook create` makes another one"
    )]
    NoSecret {
        /// The only endpoint for the URL.
        endpoint: String,
        /// The parameter.
        parameter: String,
    },
    /// The new endpoint's secret was not stored.
    #[error(
        "{parameter} does not hold the secrets of both endpoints, so nothing is removed. If it is the right parameter, \
         account and region, then the secret of {endpoint} is lost: delete that endpoint in Stripe's dashboard, and rotate \
         again"
    )]
    NewSecretMissing {
        /// The newest endpoint.
        endpoint: String,
        /// The parameter.
        parameter: String,
    },
    /// The parameter may belong to another installation.
    #[error(
        "{0} holds a signing secret already. If it is another stack's, name another --parameter; if nobody needs it, run \
         `aws ssm delete-parameter --name {0}` first"
    )]
    SecretExists(String),
    /// The new endpoint's secret could not be stored, and the endpoint was removed.
    #[error("the secret could not be stored, so the new endpoint was removed: {0}")]
    SecretNotStored(ParameterError),
    /// It is unknown whether the new endpoint's secret was stored; or it was not, and the endpoint could not be
    /// removed.
    #[error(
        "{cause}. Unless the first secret of the parameter has changed, that of {endpoint} is lost: delete that endpoint in \
         Stripe's dashboard, and try again"
    )]
    SecretMayBeLost {
        /// The new endpoint.
        endpoint: String,
        /// The error of storing the secret.
        cause: ParameterError,
    },
}

/// The webhook of an installation: the endpoints at Stripe for its URL, and the parameter with their secrets.
#[derive(Clone, Copy)]
pub struct Webhook<'a> {
    /// Stripe.
    pub stripe: &'a StripeClient,
    /// The installation.
    pub app: &'a AppId,
    /// The deployed function URL. A trailing slash makes no difference.
    pub url: &'a str,
    /// The parameter that the functions read the secrets from.
    pub parameter: &'a Parameter,
}

impl Webhook<'_> {
    /// Creates the endpoint, with exactly the events that we handle and the version that we read, and keeps its secret as the
    /// only one.
    ///
    /// # Errors
    /// When there is an endpoint or a secret already, or Stripe or SSM refuse or do not answer.
    pub async fn create(&self) -> Result<(), WebhookError> {
        if let Some(endpoint) = self.endpoints().await?.into_iter().next() {
            return Err(WebhookError::EndpointExists(endpoint.id));
        }
        if !self.parameter.secrets().await?.is_empty() {
            return Err(WebhookError::SecretExists(self.parameter.name().to_owned()));
        }
        self.add_endpoint(Vec::new()).await
    }

    /// The first step of rotating: a second endpoint, whose secret is kept before the old one.
    ///
    /// # Errors
    /// When there is no endpoint, its secret is missing or the first step was done before, or Stripe or SSM refuse or do not
    /// answer.
    pub async fn begin_rotation(&self) -> Result<(), WebhookError> {
        let endpoints = self.endpoints().await?;
        let [endpoint] = endpoints.as_slice() else {
            return Err(match endpoints.len() {
                0 => WebhookError::NoEndpoint,
                several => WebhookError::AlreadyRotating(several),
            });
        };
        let existing = self.parameter.secrets().await?;
        if existing.is_empty() {
            let (endpoint, parameter) = (endpoint.id.clone(), self.parameter.name().to_owned());
            return Err(WebhookError::NoSecret { endpoint, parameter });
        }
        self.add_endpoint(existing).await
    }

    /// The second step: all endpoints but the newest go, and all secrets but the newest.
    ///
    /// # Errors
    /// When the first step was not done or the new secret was not kept, or Stripe or SSM refuse or do not answer.
    pub async fn finish_rotation(&self) -> Result<(), WebhookError> {
        let endpoints = self.endpoints().await?;
        let Some((newest, older)) = endpoints.split_first() else { return Err(WebhookError::NoEndpoint) };
        if older.is_empty() {
            return Err(WebhookError::NotRotating);
        }
        let mut secrets = self.parameter.secrets().await?;
        if secrets.len() < endpoints.len() {
            let (endpoint, parameter) = (newest.id.clone(), self.parameter.name().to_owned());
            return Err(WebhookError::NewSecretMissing { endpoint, parameter });
        }
        for endpoint in older {
            stripe::delete_webhook_endpoint(self.stripe, &endpoint.id).await?;
        }
        secrets.truncate(1);
        Ok(self.parameter.write(&secrets).await?)
    }

    /// What an operator should know: nothing when all is well.
    ///
    /// # Errors
    /// When there is no endpoint, or Stripe or SSM refuse or do not answer.
    pub async fn problems(&self) -> Result<Vec<String>, WebhookError> {
        let endpoints = self.endpoints().await?;
        let Some(newest) = endpoints.first() else { return Err(WebhookError::NoEndpoint) };
        let mut problems = Vec::new();
        if !newest.enabled {
            problems.push("it is disabled".to_owned());
        }
        if newest.api_version.as_deref() != Some(api_version()) {
            problems.push(format!(
                "its payloads do not have version {}: each event needs a request to Stripe",
                api_version()
            ));
        }
        let is_handled = |event_type: &str| HANDLED_EVENTS.iter().any(|(event, _)| *event == event_type);
        for (event, _) in HANDLED_EVENTS {
            if !newest.events.iter().any(|event_type| event_type == event || event_type == "*") {
                problems.push(format!("it does not receive {event}"));
            }
        }
        for event_type in newest.events.iter().filter(|event_type| !is_handled(event_type)) {
            problems.push(format!("it receives {event_type}, which is only partly handled"));
        }
        let (endpoints, secrets) = (endpoints.len(), self.parameter.secrets().await?.len());
        if (endpoints, secrets) != (1, 1) {
            let parameter = self.parameter.name();
            problems.push(format!("there are {endpoints} endpoints for this URL and {secrets} secrets in {parameter}"));
        }
        Ok(problems)
    }

    /// Creates an endpoint and stores its secret before the `existing` ones. If storing fails, the endpoint is
    /// removed, as far as SSM responds.
    async fn add_endpoint(&self, existing: Vec<SecretString>) -> Result<(), WebhookError> {
        let events: Vec<&str> = HANDLED_EVENTS.iter().map(|(event, _)| *event).collect();
        let key = format!("{}:webhook:{}", self.app, Timestamp::now().as_millisecond());
        let (endpoint, secret) =
            stripe::create_webhook_endpoint(self.stripe, self.app, self.url, &events, &key).await?;
        let secrets: Vec<SecretString> = std::iter::once(secret).chain(existing).collect();
        let Err(cause) = self.parameter.write(&secrets).await else { return Ok(()) };
        match self.parameter.secrets().await {
            // The secrets were written, and only the response was lost.
            Ok(kept) if exposed(&kept) == exposed(&secrets) => Ok(()),
            // The secret is lost, so the functions would refuse the endpoint's events, and it would block the next
            // attempt.
            Ok(_) => Err(match stripe::delete_webhook_endpoint(self.stripe, &endpoint).await {
                Ok(()) => WebhookError::SecretNotStored(cause),
                Err(_) => WebhookError::SecretMayBeLost { endpoint, cause },
            }),
            Err(_) => Err(WebhookError::SecretMayBeLost { endpoint, cause }),
        }
    }

    /// The endpoints for the URL, newest first.
    async fn endpoints(&self) -> Result<Vec<WebhookEndpoint>, StripeError> {
        let has_url = |endpoint: &WebhookEndpoint| endpoint.url.trim_end_matches('/') == self.url.trim_end_matches('/');
        Ok(stripe::list_webhook_endpoints(self.stripe).await?.into_iter().filter(has_url).collect())
    }
}

fn exposed(secrets: &[SecretString]) -> Vec<&str> {
    secrets.iter().map(ExposeSecret::expose_secret).collect()
}
