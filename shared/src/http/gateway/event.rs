//! A request, written as the event that Lambda receives.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::http::header::{CONTENT_TYPE, COOKIE, USER_AGENT};
use lambda_http::http::{HeaderMap, Method};
use serde_json::{Map, Value, json};

/// What invoked the function, an HTTP API or a function URL, with the fields that only it adds.
#[derive(Debug, Clone, Copy)]
pub enum EventSource<'a> {
    /// An HTTP API.
    HttpApi {
        /// The route that matched: `GET /courses/{id}`.
        route_key: &'a str,
        /// Percent-decoded values of the route's variables.
        path_parameters: &'a BTreeMap<String, String>,
        /// Claims of the token that the JWT authorizer accepted, as [`super::flatten_claims`] writes them;
        /// `None` on a route without authorizer.
        claims: Option<&'a BTreeMap<String, String>>,
    },
    /// A function URL of auth type NONE: any method, any path, no claims.
    FunctionUrl,
}

/// One HTTP request on its way to a function.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// HTTP API or function URL.
    pub source: EventSource<'a>,
    /// HTTP method.
    pub method: &'a Method,
    /// Path as the client sent it, percent-encoding included.
    pub path: &'a str,
    /// Query string without the question mark, percent-encoding included.
    pub query: Option<&'a str>,
    /// Headers; values of one name are joined, cookies move to `cookies`.
    pub headers: &'a HeaderMap,
    /// Body, byte for byte.
    pub body: &'a [u8],
    /// Host the client called. Its first label is the id of the API or of the function URL.
    pub domain_name: &'a str,
    /// Address of the client.
    pub source_ip: &'a str,
    /// Id of the request; the client sees it in `apigw-requestid`.
    pub request_id: &'a str,
    /// When the request arrived.
    pub time: Timestamp,
}

impl Invocation<'_> {
    /// The event, payload format 2.0. Fields without a value are absent, as API Gateway leaves them out.
    pub fn to_event(&self) -> Value {
        let (body, is_base64_encoded) = self.encoded_body();
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route_key(),
            "rawPath": self.path,
            "rawQueryString": self.query.unwrap_or_default(),
            "headers": joined_headers(self.headers),
            "requestContext": self.request_context(),
            "isBase64Encoded": is_base64_encoded,
        });
        let optional = [
            ("cookies", cookies(self.headers)),
            ("queryStringParameters", self.query.and_then(query_parameters)),
            ("pathParameters", self.path_parameters()),
            ("body", body.map(Value::String)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                event[name] = value;
            }
        }
        event
    }

    fn route_key(&self) -> &str {
        match self.source {
            EventSource::HttpApi { route_key, .. } => route_key,
            EventSource::FunctionUrl => "$default",
        }
    }

    fn path_parameters(&self) -> Option<Value> {
        match self.source {
            EventSource::HttpApi { path_parameters, .. } if !path_parameters.is_empty() => Some(json!(path_parameters)),
            EventSource::HttpApi { .. } | EventSource::FunctionUrl => None,
        }
    }

    fn request_context(&self) -> Value {
        let id = self.domain_name.split(['.', ':']).next().unwrap_or_default();
        let mut context = json!({
            "accountId": match self.source {
                EventSource::HttpApi { .. } => "123456789012",
                EventSource::FunctionUrl => "anonymous",
            },
            "apiId": id,
            "domainName": self.domain_name,
            "domainPrefix": id,
            "http": {
                "method": self.method.as_str(),
                "path": self.path,
                "protocol": "HTTP/1.1",
                "sourceIp": self.source_ip,
                "userAgent": self.headers.get(USER_AGENT).map(text_of).unwrap_or_default(),
            },
            "requestId": self.request_id,
            "routeKey": self.route_key(),
            "stage": "$default",
            "time": self.time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": self.time.as_millisecond(),
        });
        if let EventSource::HttpApi { claims: Some(claims), .. } = self.source {
            context["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": null } });
        }
        context
    }

    /// The body and whether it is base64. An empty body is absent.
    fn encoded_body(&self) -> (Option<String>, bool) {
        if self.body.is_empty() {
            return (None, false);
        }
        match std::str::from_utf8(self.body) {
            Ok(text) if is_text(self.headers) => (Some(text.to_owned()), false),
            _ => (Some(STANDARD.encode(self.body)), true),
        }
    }
}

/// Whether API Gateway passes a body of this content type as text. Measured, as AWS does not document it:
/// `text/*` and three `application` types are; all else, form posts and a missing content type included, is base64.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(text_of).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.starts_with("text/")
        || matches!(media_type.as_str(), "application/json" | "application/javascript" | "application/xml")
}

/// Headers with lower-case names; the values of a repeated header joined by a comma.
fn joined_headers(headers: &HeaderMap) -> Map<String, Value> {
    headers
        .keys()
        .filter(|name| *name != COOKIE)
        .map(|name| {
            let values: Vec<String> = headers.get_all(name).iter().map(text_of).collect();
            (name.as_str().to_owned(), Value::String(values.join(",")))
        })
        .collect()
}

fn cookies(headers: &HeaderMap) -> Option<Value> {
    let cookies: Vec<String> = headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|value| text_of(value).split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>())
        .filter(|cookie| !cookie.is_empty())
        .collect();
    (!cookies.is_empty()).then(|| json!(cookies))
}

/// Decoded query parameters; the values of a repeated name joined by a comma.
fn query_parameters(query: &str) -> Option<Value> {
    // `QueryMap` parses any text: the error type is `Infallible`.
    let Ok(parsed) = query.parse::<QueryMap>();
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in parsed.iter() {
        joined
            .entry(name.to_owned())
            .and_modify(|known| {
                known.push(',');
                known.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    (!joined.is_empty()).then(|| json!(joined))
}

/// A header's value as text. Bytes above ASCII are kept as Latin-1, so that no header is lost.
fn text_of(value: &lambda_http::http::HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests;
