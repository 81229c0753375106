//! CORS like an HTTP API with a CORS configuration: the gateway responds to every preflight itself, and replaces the
//! CORS headers of functions. <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

/// The CORS configuration of the API.
#[derive(Debug, Clone)]
pub struct Cors {
    /// Origins whose pages may call, as in `APP_ORIGINS`: `https://learn.example.com`.
    pub origins: Vec<String>,
}

impl Cors {
    /// The response to an OPTIONS request: 204, with permissions only for an allowed origin.
    pub(super) fn preflight(&self, origin: Option<&HeaderValue>) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.allowed_origin(origin).is_some() {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST,PUT,PATCH,DELETE"));
            headers.insert(
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static(
                    "authorization,content-type,idempotency-key,mcp-method,mcp-name,mcp-protocol-version",
                ),
            );
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("300"));
        }
        response
    }

    /// Sets the CORS headers for an allowed origin.
    pub(super) fn set_headers(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
        if let Some(origin) = self.allowed_origin(origin) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("apigw-requestid,retry-after"));
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
    }

    fn allowed_origin<'a>(&self, origin: Option<&'a HeaderValue>) -> Option<&'a HeaderValue> {
        origin.filter(|origin| self.origins.iter().any(|allowed| origin.as_bytes() == allowed.as_bytes()))
    }
}
