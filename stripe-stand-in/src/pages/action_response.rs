//! The response to a dashboard button: JSON, or for a browser a redirect to the page with the button.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Map, Value, json};

use crate::pages::render;
use crate::state::store::Store;
use crate::state::transaction::{RequestContext, Tx};
use crate::values::error::{ApiError, Error};
use crate::values::form;
use crate::values::params::Params;

pub(crate) fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Decodes the fields of a form, which may be empty.
pub(super) fn read_params(body: &[u8]) -> Result<Params, ApiError> {
    let mut tree = Map::new();
    form::decode_into(&mut tree, body)?;
    Ok(Params::new(tree))
}

/// Runs an action and returns its JSON. A browser is redirected to the page with the button.
pub(super) fn run_action(
    store: &Store,
    headers: &HeaderMap,
    action: impl FnOnce(&Tx<'_>) -> Result<Value, Error>,
) -> Response {
    let result = store.write(RequestContext::default(), action);
    let from_page = header_text(headers, header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    match result {
        Ok(_) if from_page => Redirect::to(&referer_path(headers)).into_response(),
        Ok(body) => Json(body).into_response(),
        Err(error) if from_page => render::error_page(&error),
        Err(Error::Api(api_error)) => {
            let status = StatusCode::from_u16(api_error.status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, Json(json!({ "error": api_error.to_json() }))).into_response()
        }
        Err(error) => render::error_page(&error),
    }
}

/// The path of the page that contains the form.
fn referer_path(headers: &HeaderMap) -> String {
    let referer = header_text(headers, header::REFERER).and_then(|url| url.parse::<Uri>().ok());
    referer.map_or_else(|| "/".to_owned(), |uri| uri.path().to_owned())
}
