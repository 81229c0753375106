//! `GET /mcp` and `DELETE /mcp`: there are neither streams to listen to nor sessions to end.
//! See <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#earlier-streamable-http-revisions>.

use axum::http::header::ALLOW;
use axum::http::{HeaderName, StatusCode};
use shared::http::Problem;

pub(crate) async fn handle() -> ([(HeaderName, &'static str); 1], Problem) {
    let detail = "This server has neither streams nor sessions; it only takes POST.";
    ([(ALLOW, "POST")], Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail))
}
