//! One delivery attempt as an HTTP request: payload, signature and sending.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use sha2::Sha256;

use crate::resources::webhook_endpoints;
use crate::state::transaction::Tx;
use crate::values::error::Error;
use crate::values::object::Object;
use crate::values::object_type::ObjectType;

/// How long an endpoint may take to respond.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A webhook request that is ready to be signed and sent.
pub(super) struct WebhookRequest {
    pub(super) url: String,
    pub(super) event_type: String,
    payload: String,
    secret: String,
}

/// The HTTP client of all deliveries. It follows no redirects: like Stripe, it counts them as failures.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).no_proxy().build()
}

/// The request for an event and an endpoint. None when one of them no longer exists.
pub(super) fn prepare(tx: &Tx<'_>, event: &str, endpoint: &str) -> Result<Option<WebhookRequest>, Error> {
    let found = (tx.find(ObjectType::Event, event)?, tx.find(ObjectType::WebhookEndpoint, endpoint)?);
    let (Some(event), Some(endpoint)) = found else {
        return Ok(None);
    };
    let (url, event_type) = (endpoint.text("url").to_owned(), event.text("type").to_owned());
    let secret = webhook_endpoints::secret(&endpoint).to_owned();
    Ok(Some(WebhookRequest { url, event_type, payload: payload(&event)?, secret }))
}

/// Signs and sends the request at `now` (unix seconds). Returns the response's status, or why there was none.
pub(super) async fn send(client: &reqwest::Client, post: WebhookRequest, now: i64) -> Result<u16, String> {
    let request = client
        .post(&post.url)
        .header(USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header("Stripe-Signature", signature(&post.secret, &post.payload, now))
        .body(post.payload);
    match request.send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) if error.is_timeout() => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
        Err(error) if error.is_connect() => Err("connection refused or host unknown".to_owned()),
        Err(error) => Err(error.without_url().to_string()),
    }
}

/// Stripe's payloads are indented by two spaces. Receivers must verify exactly these bytes.
fn payload(event: &Object) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&event.to_public_json())?)
}

/// The header `t=<unix seconds>,v1=<HMAC-SHA256 of "<t>.<payload>" in hex>`
/// (<https://docs.stripe.com/webhooks/signature>).
#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn signature(secret: &str, payload: &str, now: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key length");
    mac.update(now.to_string().as_bytes());
    mac.update(b".");
    mac.update(payload.as_bytes());
    format!("t={now},v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_has_stripes_format() {
        // Computed with OpenSSL: printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test
        let expected = "t=1700000000,v1=35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91";
        assert_eq!(signature("whsec_test", "{}", 1_700_000_000), expected);
    }
}
