//! The events that Lambda passes to the functions, with the headers of browsers and of Stripe.

use anyhow::Result;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::http::gateway::{EventSource, Invocation};

use crate::learner::{COURSE, COURSE_ON_OUR_PAGE, Learner, METER, PLAN, STEP};

/// `GET /courses/{id}/access`.
pub(crate) fn check_access(learner: &Learner) -> Result<Value> {
    let route = ApiRequest {
        key: "GET /courses/{id}/access",
        path: format!("/courses/{COURSE}/access"),
        path_parameters: &[("id", COURSE)],
    };
    route.event(Some(learner), None)
}

/// `GET /courses/{id}`.
pub(crate) fn show_course(learner: &Learner) -> Result<Value> {
    let route =
        ApiRequest { key: "GET /courses/{id}", path: format!("/courses/{COURSE}"), path_parameters: &[("id", COURSE)] };
    route.event(Some(learner), None)
}

/// `POST /courses/{id}/steps/{step}/complete`.
pub(crate) fn complete_step(learner: &Learner) -> Result<Value> {
    let route = ApiRequest {
        key: "POST /courses/{id}/steps/{step}/complete",
        path: format!("/courses/{COURSE}/steps/{STEP}/complete"),
        path_parameters: &[("id", COURSE), ("step", STEP)],
    };
    route.event(Some(learner), None)
}

/// `GET /enrollments`.
pub(crate) fn list_enrollments(learner: &Learner) -> Result<Value> {
    let route = ApiRequest { key: "GET /enrollments", path: "/enrollments".to_owned(), path_parameters: &[] };
    route.event(Some(learner), None)
}

/// `GET /entitlements`.
pub(crate) fn list_entitlements(learner: &Learner) -> Result<Value> {
    let route = ApiRequest { key: "GET /entitlements", path: "/entitlements".to_owned(), path_parameters: &[] };
    route.event(Some(learner), None)
}

/// `GET /catalog`.
pub(crate) fn show_catalog() -> Result<Value> {
    ApiRequest { key: "GET /catalog", path: "/catalog".to_owned(), path_parameters: &[] }.event(None, None)
}

/// `POST /checkout/sessions`, for the course.
pub(crate) fn create_session(learner: &Learner) -> Result<Value> {
    let route =
        ApiRequest { key: "POST /checkout/sessions", path: "/checkout/sessions".to_owned(), path_parameters: &[] };
    route.event(Some(learner), Some(&json!({ "course_id": COURSE })))
}

/// `POST /checkout/sessions`, for the plan without a trial.
pub(crate) fn create_subscription_session(learner: &Learner) -> Result<Value> {
    let route =
        ApiRequest { key: "POST /checkout/sessions", path: "/checkout/sessions".to_owned(), path_parameters: &[] };
    route.event(Some(learner), Some(&json!({ "plan_id": PLAN, "trial_days": 0 })))
}

/// `POST /checkout/payment-intents`, for another course.
pub(crate) fn create_payment_intent(learner: &Learner) -> Result<Value> {
    let (key, path) = ("POST /checkout/payment-intents", "/checkout/payment-intents".to_owned());
    let route = ApiRequest { key, path, path_parameters: &[] };
    route.event(Some(learner), Some(&json!({ "course_id": COURSE_ON_OUR_PAGE })))
}

/// `GET /billing/subscription`.
pub(crate) fn show_subscription(learner: &Learner) -> Result<Value> {
    let route =
        ApiRequest { key: "GET /billing/subscription", path: "/billing/subscription".to_owned(), path_parameters: &[] };
    route.event(Some(learner), None)
}

/// `GET /billing/payments`.
pub(crate) fn list_payments(learner: &Learner) -> Result<Value> {
    let route = ApiRequest { key: "GET /billing/payments", path: "/billing/payments".to_owned(), path_parameters: &[] };
    route.event(Some(learner), None)
}

/// `POST /usage/{meter}`, always with the same idempotency key, because each learner uses it once.
pub(crate) fn consume_usage(learner: &Learner) -> Result<Value> {
    let route = ApiRequest {
        key: "POST /usage/{meter}",
        path: format!("/usage/{METER}"),
        path_parameters: &[("meter", METER)],
    };
    route.event(Some(learner), Some(&json!({ "quantity": 1 })))
}

/// `POST /mcp`: the access check as a tool.
pub(crate) fn call_tool(learner: &Learner) -> Result<Value> {
    let route = ApiRequest { key: "POST /mcp", path: "/mcp".to_owned(), path_parameters: &[] };
    let params = json!({ "name": "check_course_access", "arguments": { "course_id": COURSE } });
    route.event(Some(learner), Some(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params })))
}

/// The scheduled event of `reconcile`.
pub(crate) fn schedule() -> Result<Value> {
    Ok(serde_json::from_str(include_str!("../../events/reconcile/schedule.json"))?)
}

/// A request to the API.
struct ApiRequest {
    key: &'static str,
    path: String,
    /// Name and value of each of the route's variables.
    path_parameters: &'static [(&'static str, &'static str)],
}

impl ApiRequest {
    fn event(&self, learner: Option<&Learner>, body: Option<&Value>) -> Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let method: Method = self.key.split(' ').next().unwrap_or_default().parse()?;
        let mut headers = headers(&[
            ("accept", "application/json"),
            ("accept-encoding", "gzip, deflate, br, zstd"),
            ("accept-language", "en-US,en;q=0.9"),
            ("origin", "https://school.example"),
            ("referer", "https://school.example/"),
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"),
        ]);
        if let Some(learner) = learner {
            headers.insert("authorization", HeaderValue::try_from(format!("Bearer {}", learner.token))?);
        }
        if !body.is_empty() {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            headers.insert("idempotency-key", HeaderValue::from_static("0b3f6f8e-5d0a-4c36-9a51-7f5f7e0f1a11"));
        }
        let source = EventSource::HttpApi {
            route_key: self.key,
            path_parameters: &self
                .path_parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            claims: learner.map(|learner| &learner.claims),
        };
        Ok(event(source, &method, &self.path, &headers, body.as_bytes()))
    }
}

/// A webhook delivery of Stripe's, signed now.
pub(crate) fn delivery(payload: &str, secret: &str) -> Result<Value> {
    let mut headers = headers(&[
        ("accept", "*/*; q=0.5, application/xml"),
        ("cache-control", "no-cache"),
        ("content-type", "application/json; charset=utf-8"),
        ("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
    ]);
    let signature = shared::stripe::sign(secret, payload.as_bytes(), Timestamp::now());
    headers.insert("stripe-signature", HeaderValue::try_from(signature)?);
    Ok(event(EventSource::FunctionUrl, &Method::POST, "/", &headers, payload.as_bytes()))
}

fn event(source: EventSource<'_>, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Value {
    let domain_name = match source {
        EventSource::HttpApi { .. } => "tuitionapi.execute-api.us-east-1.amazonaws.com",
        EventSource::FunctionUrl => "tuitionhook.lambda-url.us-east-1.on.aws",
    };
    let mut headers = headers.clone();
    headers.extend(aws_headers());
    Invocation {
        source,
        method,
        path,
        query: None,
        headers: &headers,
        body,
        domain_name,
        source_ip: "203.0.113.7",
        request_id: "JKJaXmPLvHcESHA=",
        time: Timestamp::now(),
    }
    .to_event()
}

/// The headers that AWS adds.
fn aws_headers() -> HeaderMap {
    headers(&[
        ("x-amzn-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ])
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    pairs.collect()
}
