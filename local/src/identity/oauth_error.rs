//! The errors of OAuth 2.0: RFC 6749 sections 4.1.2.1 and 5.2.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::key::KeyError;

/// Why a request is refused. The text is for the developer who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum OAuthError {
    /// Something is missing or malformed.
    #[error("{0}")]
    Request(&'static str),
    /// The client id is not that of the application.
    #[error("client_id is not that of this provider's application")]
    Client,
    /// The code or the refresh token is not good, or not for this request.
    #[error("{0}")]
    Grant(&'static str),
    /// Another grant than the two.
    #[error("grant_type is authorization_code or refresh_token")]
    GrantType,
    /// Another flow than the one.
    #[error("response_type is code")]
    ResponseType,
    /// No ID token was asked for.
    #[error("scope has to contain openid")]
    Scope,
    /// The application does not want the sign-in page, and nobody is signed in without it.
    #[error("the provider remembers nobody; prompt=none always fails")]
    LoginRequired,
    /// A defect of the provider.
    #[error("the provider failed")]
    Server,
}

impl OAuthError {
    /// The stable name, the parameter `error`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::Client => "invalid_client",
            Self::Grant(_) => "invalid_grant",
            Self::GrantType => "unsupported_grant_type",
            Self::ResponseType => "unsupported_response_type",
            Self::Scope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::Server => "server_error",
        }
    }
}

impl From<KeyError> for OAuthError {
    fn from(error: KeyError) -> Self {
        tracing::error!(%error, "no token could be signed");
        Self::Server
    }
}

/// The answer of the token endpoint.
impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Server => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Client => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({ "error": self.code(), "error_description": self.to_string() });
        (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
    }
}
