//! The answer to a body that is no message of the protocol.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rmcp::ErrorData;
use rmcp::model::JsonRpcError;

/// 400 with a JSON-RPC error, which names no request: its id could not be read. Batches are refused like everything that is not one
/// message; the protocol has none since 2025-06-18. See <https://www.jsonrpc.org/specification#error_object>.
pub(crate) fn answer(error: &serde_json::Error) -> Response {
    let error = if error.is_data() {
        ErrorData::invalid_request("The body is not one JSON-RPC message", None)
    } else {
        ErrorData::parse_error("The body is not JSON", None)
    };
    (StatusCode::BAD_REQUEST, Json(JsonRpcError::new(None, error))).into_response()
}
