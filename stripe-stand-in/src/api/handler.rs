//! The HTTP handler of every `/v1` route: keys, parameters, idempotency, expansion and errors.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::RawPathParams;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use axum::response::Response;
use axum::routing::{any, on};
use serde_json::{Map, Value};
use tower_http::cors::{Any, CorsLayer};

use crate::api::authentication::{self, KeyKind};
use crate::api::idempotency::{self, RunningKeys};
use crate::api::routes::ROUTES;
use crate::api::{expand, publishable, response};
use crate::resources::request::{ApiCall, ApiResponse};
use crate::resources::route::{RequiredKey, Route};
use crate::rules::time;
use crate::state::idempotency::IdempotencyRecord;
use crate::state::store::Store;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::error::{ApiError, Error};
use crate::values::fault::FaultResponse;
use crate::values::params::Params;
use crate::values::{form, object_type};

/// The routes of `/v1`. Any other path below it gets Stripe's 404.
pub(crate) fn router(store: &Arc<Store>, running_keys: &Arc<RunningKeys>) -> Router {
    let mut router = Router::new();
    for route in ROUTES.iter().copied().flatten() {
        let state = ApiState { store: Arc::clone(store), running_keys: Arc::clone(running_keys) };
        let handler = move |path: RawPathParams, method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let id = path.iter().next().map(|(_, id)| id.to_owned()).unwrap_or_default();
            let request = HttpRequest { id, method, uri, headers, body };
            std::future::ready(handle(&state, route, &request))
        };
        router = router.route(route.path, on(route.method, handler));
    }
    router.route("/v1/{*rest}", any(unknown_url)).method_not_allowed_fallback(unknown_url).route_layer(cors())
}

/// Stripe's API may be called by every page; what a call may do depends on its key alone.
fn cors() -> CorsLayer {
    let exposed = ["idempotent-replayed", "request-id", "stripe-should-retry"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(Any)
        .expose_headers(exposed)
        .max_age(Duration::from_secs(300))
}

/// What every request handler needs.
#[derive(Clone)]
struct ApiState {
    store: Arc<Store>,
    running_keys: Arc<RunningKeys>,
}

/// The parts of an HTTP request that the handler reads.
struct HttpRequest {
    id: String,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl HttpRequest {
    fn idempotency_key(&self) -> Option<&str> {
        let key = self.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
        // Stripe ignores the key of GET and DELETE requests.
        key.filter(|key| self.method == Method::POST && !key.is_empty())
    }

    /// The parameters of the query and the body.
    fn params(&self) -> Result<Map<String, Value>, ApiError> {
        let mut tree = Map::new();
        form::decode_into(&mut tree, self.uri.query().unwrap_or_default().as_bytes())?;
        form::decode_into(&mut tree, &self.body)?;
        Ok(tree)
    }

    /// The publishable key that Stripe.js sends as the parameter `key`: with a header, browsers would ask first whether
    /// they may send it.
    fn key_param(&self) -> Option<String> {
        if self.headers.contains_key(header::AUTHORIZATION) {
            return None;
        }
        Some(self.params().ok()?.get("key")?.as_str()?.to_owned())
    }
}

/// A response body with the values of its headers.
struct HttpResponse {
    status: u16,
    body: String,
    /// The response is the stored one of an earlier request with the same idempotency key.
    replayed: bool,
    /// `Stripe-Should-Retry`.
    should_retry: Option<bool>,
}

impl HttpResponse {
    fn new(status: u16, body: String) -> HttpResponse {
        HttpResponse { status, body, replayed: false, should_retry: None }
    }
}

fn handle(state: &ApiState, route: &Route, request: &HttpRequest) -> Response {
    let request_id = format!("req_{}", object_type::random_alphanumeric(14));
    match run(state, route, request, &request_id) {
        Ok(HttpResponse { status, body, replayed, should_retry }) => {
            let mut response = response::json_response(status, body, &request.headers, &request_id);
            if replayed {
                response::mark_replayed(&mut response);
            }
            if let Some(should_retry) = should_retry {
                response::set_should_retry(&mut response, should_retry);
            }
            response
        }
        Err(error) => response::error_response(&error, &request.headers, &request_id),
    }
}

fn run(state: &ApiState, route: &Route, request: &HttpRequest, request_id: &str) -> Result<HttpResponse, Error> {
    let key_kind = authentication::authenticate(&request.headers, request.key_param().as_deref())?;
    if key_kind == KeyKind::Publishable {
        return run_publishable(state, route, request, request_id).map_err(publishable::limit_error);
    }
    run_authenticated(state, route, request, request_id)
}

/// A call with a publishable key, which may do little, and sees little of an object.
fn run_publishable(
    state: &ApiState,
    route: &Route,
    request: &HttpRequest,
    request_id: &str,
) -> Result<HttpResponse, Error> {
    match route.required_key {
        RequiredKey::Secret => {
            let message = "This API call cannot be made with a publishable API key. Please use a secret API key.";
            return Err(ApiError::unauthorized(message).with_code("secret_key_required").into());
        }
        RequiredKey::SecretOrClientSecret if !request.params()?.contains_key("client_secret") => {
            return Err(ApiError::missing_param("client_secret").into());
        }
        RequiredKey::SecretOrClientSecret | RequiredKey::SecretOrPublishable => {}
    }
    let mut response = run_authenticated(state, route, request, request_id)?;
    let mut body = serde_json::from_str(&response.body)?;
    publishable::limit(&mut body);
    response.body = pretty(&body)?;
    Ok(response)
}

fn run_authenticated(
    state: &ApiState,
    route: &Route,
    request: &HttpRequest,
    request_id: &str,
) -> Result<HttpResponse, Error> {
    let _running = request.idempotency_key().map(|key| state.running_keys.claim(key)).transpose()?;
    let request_context = RequestContext {
        request_id: Some(request_id.to_owned()),
        idempotency_key: request.idempotency_key().map(str::to_owned),
    };
    state.store.write(request_context, |tx| match request.idempotency_key() {
        Some(key) => run_idempotent(tx, route, request, key, request_id),
        None => run_with_faults(tx, route, request, request_id),
    })
}

/// Runs a request the first time its idempotency key is seen, and returns the stored response afterwards. A refused
/// request is rolled back together with its record, so its key can be used again, as at Stripe.
fn run_idempotent(
    tx: &Tx<'_>,
    route: &Route,
    request: &HttpRequest,
    key: &str,
    request_id: &str,
) -> Result<HttpResponse, Error> {
    let path = request.uri.path();
    let fingerprint = idempotency::fingerprint(request.uri.query().unwrap_or_default(), &request.body);
    if let Some(record) = tx.idempotency_record(key)? {
        idempotency::require_same_call(&record, path, &fingerprint)?;
        return Ok(HttpResponse { replayed: true, ..HttpResponse::new(record.status, record.body) });
    }
    let response = run_with_faults(tx, route, request, request_id)?;
    // Stripe checks the rate limit before the idempotency key, so a 429 is not stored.
    if response.status != 429 {
        let (key, path) = (key.to_owned(), path.to_owned());
        tx.save_idempotency_record(&IdempotencyRecord {
            key,
            path,
            fingerprint,
            status: response.status,
            body: response.body.clone(),
        })?;
    }
    Ok(response)
}

/// Runs a request, unless a configured fault replaces the call or its response.
fn run_with_faults(tx: &Tx<'_>, route: &Route, request: &HttpRequest, request_id: &str) -> Result<HttpResponse, Error> {
    let Some(fault) = tx.take_fault(request.method.as_str(), request.uri.path())? else {
        let reply = run_route(tx, route, request)?;
        return Ok(HttpResponse::new(reply.status, pretty(&reply.body)?));
    };
    if fault.response == FaultResponse::ErrorAfterExecution {
        run_route(tx, route, request)?;
    }
    let api_error = fault.response.to_api_error();
    let body = response::error_body(&api_error, request_id);
    Ok(HttpResponse { should_retry: fault.should_retry, ..HttpResponse::new(api_error.status, body) })
}

fn run_route(tx: &Tx<'_>, route: &Route, request: &HttpRequest) -> Result<ApiResponse, Error> {
    let mut params = Params::new(request.params()?);
    if request.key_param().is_some() {
        params.ignore(&["key"]);
    }
    let expands = params.texts("expand")?.unwrap_or_default();
    let call = ApiCall { path: request.uri.path().to_owned(), id: request.id.clone(), params };
    // First do what is due, so that no response shows an expired session as open or a subscription in an ended
    // period.
    time::run_due(tx)?;
    let mut reply = (route.handler)(tx, call)?;
    if reply.status == 200 {
        expand::expand(tx, &mut reply.body, &expands)?;
    }
    Ok(reply)
}

async fn unknown_url(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let message = format!(
        "Unrecognized request URL ({method}: {}). If you are trying to list objects, remove the trailing slash. \
         If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your \
         code. Please see https://docs.stripe.com/api.",
        uri.path()
    );
    let api_error = ApiError { status: 404, ..ApiError::invalid_request(message) };
    response::error_response(&api_error.into(), &headers, &format!("req_{}", object_type::random_alphanumeric(14)))
}

/// Stripe indents JSON by two spaces, in responses and in webhook payloads.
fn pretty(body: &Value) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(body)?)
}
