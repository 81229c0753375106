//! The one client: pooled connections, a timeout per attempt, retries under our own idempotency keys.
//!
//! async-stripe's own client keeps no idle connections, has no timeout and retries under random keys; its typed
//! requests are kept and sent through its `StripeClient` trait.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Method, Request, StatusCode};
use secrecy::ExposeSecret;
use stripe_client_core::{CustomizedStripeRequest, RequestBuilder, StripeMethod};

use super::api_version::api_version;
use super::config::StripeConfig;
use super::error::StripeError;
use crate::config::ConfigError;
use crate::outbound::{self, HttpClient};

const MAX_ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(150);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(2);

/// Talks to Stripe. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct StripeClient {
    http: HttpClient,
    base: String,
    headers: HeaderMap,
}

impl StripeClient {
    /// A client for the configured account.
    ///
    /// # Errors
    /// When the key cannot be a header.
    pub fn new(config: &StripeConfig) -> Result<Self, ConfigError> {
        let malformed = |_| ConfigError::Malformed {
            name: "STRIPE_SECRET_KEY",
            reason: "it holds characters that no key has".to_owned(),
        };
        let authorization = format!("Bearer {}", config.secret_key.expose_secret());
        let mut authorization = HeaderValue::try_from(authorization).map_err(malformed)?;
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert("stripe-version", HeaderValue::from_static(api_version()));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tuition/", env!("CARGO_PKG_VERSION"))));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        Ok(Self { http: outbound::client(CONNECT_TIMEOUT), base: config.api_base.clone(), headers })
    }

    /// One attempt: the body of a success, or the error and whether another attempt may help.
    async fn attempt(&self, call: &PreparedRequest) -> Result<Bytes, (StripeError, RetryAdvice)> {
        let no_answer = |reason: String| (StripeError::NoResponse { reason }, RetryAdvice::Allowed(None));
        let answer = outbound::send(&self.http, call.request(self), ATTEMPT_TIMEOUT).await;
        let (head, body) = answer.map_err(|error| no_answer(error.to_string()))?.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        let request_id = text(&head.headers, "request-id").unwrap_or_default().to_owned();
        let replayed = text(&head.headers, "idempotent-replayed") == Some("true");
        let error = StripeError::from_response(head.status.as_u16(), request_id, replayed, &body);
        Err((error, RetryAdvice::from_response(head.status, &head.headers)))
    }
}

impl stripe_client_core::StripeClient for StripeClient {
    type Err = StripeError;

    async fn execute(&self, request: CustomizedStripeRequest) -> Result<Bytes, StripeError> {
        let call = PreparedRequest::new(self, request)?;
        let mut pause = FIRST_RETRY_DELAY;
        let mut attempt = 1;
        loop {
            let (error, retry) = match self.attempt(&call).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            let RetryAdvice::Allowed(after) = retry else {
                return Err(error);
            };
            // Mutations handle their idempotency keys themselves; see `requests/mutation.rs`.
            let key_is_used = call.idempotency_key.is_some() && error.is_server_error();
            if attempt >= MAX_ATTEMPTS || !call.is_retryable || key_is_used {
                return Err(error);
            }
            tracing::info!(
                path = call.resource_name(),
                attempt,
                code = error.code(),
                "a call to Stripe is tried again"
            );
            let jittered =
                Duration::from_millis(fastrand::u64(pause.as_millis() as u64 / 2..=pause.as_millis() as u64));
            tokio::time::sleep(after.map_or(jittered, |after| after.min(MAX_RETRY_DELAY))).await;
            pause = pause.saturating_mul(2).min(MAX_RETRY_DELAY);
            attempt = attempt.saturating_add(1);
        }
    }
}

/// Whether another attempt may help, and how long Stripe asks to wait.
enum RetryAdvice {
    Never,
    Allowed(Option<Duration>),
}

impl RetryAdvice {
    /// See <https://docs.stripe.com/error-low-level#errors-and-retries>.
    fn from_response(status: StatusCode, headers: &HeaderMap) -> Self {
        let after = || {
            let seconds = text(headers, "retry-after")?.parse().ok()?;
            Some(Duration::from_secs(seconds))
        };
        match text(headers, "stripe-should-retry") {
            Some("true") => Self::Allowed(after()),
            Some("false") => Self::Never,
            _ if matches!(status.as_u16(), 409 | 424 | 429 | 500..=504) => Self::Allowed(after()),
            _ => Self::Never,
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A request that can be sent more than once.
struct PreparedRequest {
    method: Method,
    uri: hyper::Uri,
    body: Bytes,
    idempotency_key: Option<HeaderValue>,
    is_retryable: bool,
}

impl PreparedRequest {
    fn new(client: &StripeClient, request: CustomizedStripeRequest) -> Result<Self, StripeError> {
        let (RequestBuilder { query, body, path, method }, overrides) = request.into_pieces();
        let method = match method {
            StripeMethod::Get => Method::GET,
            StripeMethod::Post => Method::POST,
            StripeMethod::Delete => Method::DELETE,
        };
        let query = query.filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default();
        let uri = format!("{}/v1/{}{query}", client.base, path.trim_start_matches('/'));
        let unsendable = |what: &str| StripeError::Unreadable { what: what.to_owned() };
        let key = overrides.request_strategy.and_then(|strategy| strategy.get_key());
        let idempotency_key = key
            .map(|key| HeaderValue::try_from(key.as_str()))
            .transpose()
            .map_err(|_| unsendable("an idempotency key of printable characters"))?;
        Ok(Self {
            uri: uri.parse().map_err(|_| unsendable("ids that fit a path"))?,
            body: sort_form_fields(&body.unwrap_or_default()).into(),
            is_retryable: method != Method::POST || idempotency_key.is_some(),
            idempotency_key,
            method,
        })
    }

    fn request(&self, client: &StripeClient) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = client.headers.clone();
        if let Some(key) = &self.idempotency_key {
            request.headers_mut().insert("idempotency-key", key.clone());
        }
        request
    }

    /// The kind of resource, for logs: `checkout`, `refunds`.
    fn resource_name(&self) -> &str {
        self.uri.path().trim_start_matches("/v1/").split('/').next().unwrap_or_default()
    }
}

/// The fields of a form in one order. Metadata comes out of a hash map, and Stripe refuses an idempotency key that
/// comes back with another request; array fields carry their index, so their order is not lost.
fn sort_form_fields(form: &str) -> String {
    let mut fields: Vec<&str> = form.split('&').collect();
    fields.sort_unstable();
    fields.join("&")
}
