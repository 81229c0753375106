//! `/v1/webhook_endpoints` (<https://docs.stripe.com/api/webhook_endpoints>). The signing secret is only in the
//! response that creates an endpoint.

use serde_json::json;

use crate::resources::request::{self, ApiCall, ApiResponse};
use crate::resources::route::Route;
use crate::state::query::Query;
use crate::state::transaction::Tx;
use crate::values::api_version::API_VERSION;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::{self, ObjectType};
use crate::values::params::merge_metadata;

pub(crate) const ROUTES: &[Route] = &[
    Route::post("/v1/webhook_endpoints", create),
    Route::get("/v1/webhook_endpoints", list),
    Route::get("/v1/webhook_endpoints/{id}", retrieve),
    Route::post("/v1/webhook_endpoints/{id}", update),
    Route::delete("/v1/webhook_endpoints/{id}", delete),
];

/// The signing secret of an endpoint, `whsec_...`.
pub(crate) fn secret(endpoint: &Object) -> &str {
    endpoint.hidden_text("secret")
}

/// The metadata of the default endpoint.
const DEFAULT_MARK: (&str, &str) = ("stand_in", "default");

/// The metadata value in older state files.
const OLD_DEFAULT_VALUE: &str = "stack";

/// The default endpoint, which gets every event. The first call creates it, and later calls change its URL, so that
/// nothing is sent to an old port. It keeps its secret unless `secret` is set.
pub(crate) fn ensure_default(tx: &Tx<'_>, url: &str, secret: Option<&str>) -> Result<Object, Error> {
    let (key, value) = DEFAULT_MARK;
    let all_events = Query::of(ObjectType::WebhookEndpoint).with("enabled_events[0]", "*".to_owned());
    let values = [value, OLD_DEFAULT_VALUE].map(str::to_owned);
    let mut endpoint = match tx.first(all_events.with_any_of(&format!("metadata.{key}"), &values))? {
        Some(endpoint) => endpoint,
        None => insert(tx, url, &["*".to_owned()])?,
    };
    endpoint.set("metadata", json!({ key: value }));
    endpoint.set("status", "enabled");
    endpoint.set("url", url);
    if let Some(secret) = secret {
        endpoint.set_hidden("secret", secret);
    }
    tx.save(&endpoint)?;
    Ok(endpoint)
}

fn insert(tx: &Tx<'_>, url: &str, enabled_events: &[String]) -> Result<Object, Error> {
    let fields = json!({
        "api_version": API_VERSION,
        "application": null,
        "created": tx.now(),
        "description": null,
        "enabled_events": enabled_events,
        "metadata": {},
        "status": "enabled",
        "url": url,
    });
    let mut endpoint = Object::new(ObjectType::WebhookEndpoint, ObjectType::WebhookEndpoint.new_id(), fields);
    endpoint.set_hidden("secret", format!("whsec_{}", object_type::random_alphanumeric(32)));
    tx.insert(&endpoint)?;
    Ok(endpoint)
}

fn create(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let url = check_url(call.params.required_text("url")?)?;
    let events = call.params.texts("enabled_events")?;
    let events = events.filter(|events| !events.is_empty());
    let events = events.ok_or_else(|| ApiError::missing_param("enabled_events"))?;
    let mut endpoint = insert(tx, &url, &events)?;
    apply(&mut endpoint, &mut call)?;
    // The stand-in has one API version. An endpoint of another one would get payloads that it cannot read.
    call.params.choice("api_version", &[API_VERSION])?;
    call.params.ignore(&["connect"]);
    call.finish()?;
    tx.save(&endpoint)?;
    let mut with_secret = endpoint.clone();
    with_secret.set("secret", secret(&endpoint));
    Ok(ApiResponse::object(&with_secret))
}

fn update(tx: &Tx<'_>, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let mut endpoint = tx.load(ObjectType::WebhookEndpoint, &call.id)?;
    endpoint.set_if_some("url", call.params.text("url")?.map(check_url).transpose()?);
    endpoint.set_if_some("enabled_events", call.params.texts("enabled_events")?);
    if let Some(disabled) = call.params.flag("disabled")? {
        endpoint.set("status", if disabled { "disabled" } else { "enabled" });
    }
    apply(&mut endpoint, &mut call)?;
    call.finish()?;
    tx.save(&endpoint)?;
    Ok(ApiResponse::object(&endpoint))
}

fn apply(endpoint: &mut Object, call: &mut ApiCall) -> Result<(), ApiError> {
    endpoint.set_if_some("description", call.params.nullable_text("description")?);
    if let Some(changes) = call.params.metadata()? {
        let metadata = merge_metadata(endpoint.get("metadata"), changes);
        endpoint.set("metadata", metadata);
    }
    Ok(())
}

/// Stripe's test mode delivers to public hosts only. The stand-in also delivers to this machine.
fn check_url(url: String) -> Result<String, ApiError> {
    if url.starts_with("http://") || url.starts_with("https://") {
        return Ok(url);
    }
    Err(ApiError::invalid_request("Invalid URL: An explicit scheme (such as https) must be provided.")
        .with_param("url"))
}

fn retrieve(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::retrieve(tx, ObjectType::WebhookEndpoint, call)
}

fn delete(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    let endpoint = tx.load(ObjectType::WebhookEndpoint, &call.id)?;
    call.finish()?;
    tx.delete(&endpoint)?;
    tx.delete_endpoint_deliveries(endpoint.id())?;
    Ok(ApiResponse::deleted(ObjectType::WebhookEndpoint, endpoint.id()))
}

fn list(tx: &Tx<'_>, call: ApiCall) -> Result<ApiResponse, Error> {
    request::list(tx, Query::of(ObjectType::WebhookEndpoint), call)
}
