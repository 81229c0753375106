//! What a function answered, read as API Gateway reads it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::header::{InvalidHeaderName, InvalidHeaderValue};
use lambda_http::http::status::InvalidStatusCode;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A function's response, ready to be sent to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LambdaResponse {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers without cookies.
    pub headers: HeaderMap,
    /// One `set-cookie` header each.
    pub cookies: Vec<String>,
    /// Body, base64 already decoded.
    pub body: Vec<u8>,
}

/// Why a function's answer cannot be sent. API Gateway then answers 500, a function URL 502.
#[derive(Debug, thiserror::Error)]
pub enum LambdaResponseError {
    /// Not the JSON of a response.
    #[error("the answer is not a response: {0}")]
    NotAResponse(#[from] serde_json::Error),
    /// A status outside of 100 to 999.
    #[error("the answer has a bad status: {0}")]
    Status(#[from] InvalidStatusCode),
    /// A header name that HTTP does not allow.
    #[error("the answer has a bad header name: {0}")]
    HeaderName(#[from] InvalidHeaderName),
    /// A header value that HTTP does not allow.
    #[error("the answer has a bad header value: {0}")]
    HeaderValue(#[from] InvalidHeaderValue),
    /// `isBase64Encoded` with a body that is not base64.
    #[error("the answer's body is not base64: {0}")]
    Body(#[from] base64::DecodeError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResponse {
    status_code: u16,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl LambdaResponse {
    /// Reads a response of payload format 2.0. As API Gateway does, JSON without `statusCode` is itself the body
    /// of a 200.
    ///
    /// # Errors
    /// [`LambdaResponseError`] when the response cannot be an HTTP response.
    pub fn parse(response: &Value) -> Result<Self, LambdaResponseError> {
        if response.get("statusCode").is_none() {
            return Ok(Self::inferred(response));
        }
        let wire = RawResponse::deserialize(response)?;
        let body = wire.body.unwrap_or_default();
        Ok(Self {
            status: StatusCode::from_u16(wire.status_code)?,
            headers: header_map(&wire.headers.unwrap_or_default())?,
            cookies: wire.cookies.unwrap_or_default(),
            body: if wire.is_base64_encoded { STANDARD.decode(body)? } else { body.into_bytes() },
        })
    }

    fn inferred(response: &Value) -> Self {
        let body = match response {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let headers = [(lambda_http::http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::from_iter(headers),
            cookies: Vec::new(),
            body: body.into_bytes(),
        }
    }
}

fn header_map(fields: &Map<String, Value>) -> Result<HeaderMap, LambdaResponseError> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(&text)?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use lambda_http::http::StatusCode;
    use serde_json::json;

    use super::LambdaResponse;

    #[test]
    fn a_response_becomes_status_headers_cookies_and_bytes() {
        let answer = LambdaResponse::parse(&json!({
            "statusCode": 201,
            "headers": { "content-type": "application/json", "retry-after": 3 },
            "multiValueHeaders": {},
            "cookies": ["a=1"],
            "body": "{}",
            "isBase64Encoded": false,
        }))
        .unwrap();
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["retry-after"], "3");
        assert_eq!(answer.cookies, ["a=1"]);
        assert_eq!(answer.body, b"{}");
    }

    #[test]
    fn base64_is_decoded() {
        let answer = LambdaResponse::parse(&json!({ "statusCode": 200, "body": "/wA=", "isBase64Encoded": true }));
        assert_eq!(answer.unwrap().body, [0xff, 0x00]);
    }

    #[test]
    fn json_without_a_status_is_the_body_of_a_200() {
        let answer = LambdaResponse::parse(&json!({ "hello": "world" })).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (StatusCode::OK, br#"{"hello":"world"}"#.as_slice()));
    }

    #[test]
    fn what_http_cannot_say_is_an_error() {
        for bad in [
            json!({ "statusCode": "no" }),
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 200, "headers": { "a b": "x" } }),
            json!({ "statusCode": 200, "headers": { "a": "x\ny" } }),
            json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }),
        ] {
            assert!(LambdaResponse::parse(&bad).is_err(), "{bad}");
        }
    }
}
