//! The header `Idempotency-Key`: the client's own name for a request, so that a repeated one is done once.
//! See <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>.

use axum::extract::OptionalFromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;

use super::problem::Problem;

const HEADER: &str = "idempotency-key";

/// A key of 1 to 255 printable ASCII characters. It means what the client wants it to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(value: &HeaderValue) -> Option<Self> {
        let is_printable = |text: &&str| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let text = value.to_str().ok().filter(is_printable)?;
        (1..=255).contains(&text.len()).then(|| Self(text.to_owned()))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(None) };
        let detail = "An Idempotency-Key has 1 to 255 printable ASCII characters.";
        let refused = || Problem::bad_request("invalid_idempotency_key", detail).with_field("Idempotency-Key");
        Self::read(value).map(Some).ok_or_else(refused)
    }
}
