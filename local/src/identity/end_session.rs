//! `/end_session`: the end of a visit. The provider remembers nobody, so all that it does is to lead back.
//! <https://openid.net/specs/openid-connect-rpinitiated-1_0.html>

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page;
use super::redirect_uri::RedirectUri;
use super::state::ProviderState;

/// Where the browser goes afterwards. The ID token of the visit is not needed.
#[derive(Deserialize)]
pub(super) struct EndSessionRequest {
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// Leads back to a page of the application, or says that the visit is over.
pub(super) async fn end_session(
    State(state): State<ProviderState>,
    request: Result<Query<EndSessionRequest>, QueryRejection>,
) -> Response {
    let Ok(Query(request)) = request else {
        return page::message(StatusCode::BAD_REQUEST, "A parameter of the request is given twice, or unreadable.");
    };
    match request.post_logout_redirect_uri.as_deref() {
        None => page::message(StatusCode::OK, "You are signed out."),
        Some(url) => match RedirectUri::parse(url, &state.origins) {
            Some(uri) => Redirect::to(&uri.with([("state", request.state.as_deref())])).into_response(),
            None => page::message(
                StatusCode::BAD_REQUEST,
                "You are signed out. post_logout_redirect_uri is not on one of the application's origins.",
            ),
        },
    }
}
