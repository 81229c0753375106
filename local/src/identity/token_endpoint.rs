//! `/token`: tokens for a code or a refresh token (RFC 6749 sections 4.1.3 and 6), and at once for an e-mail address.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::authorization_code::Authorization;
use super::oauth_error::OAuthError;
use super::state::ProviderState;
use super::tokens::{InvalidEmail, SignIn, TOKEN_LIFETIME_SECONDS};

/// The standard request, a form.
#[derive(Deserialize, Default)]
#[serde(default)]
struct GrantRequest {
    grant_type: String,
    client_id: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    refresh_token: String,
}

/// The short way for scripts and tests: JSON with an e-mail address.
#[derive(Deserialize)]
struct EmailRequest {
    email: String,
    #[serde(default)]
    groups: Vec<String>,
    /// The client that the tokens are for; the shop's when nothing is said.
    client_id: Option<String>,
}

/// Answers with tokens: a form by the standard, JSON without any proof.
pub(super) async fn token(State(state): State<ProviderState>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let answer = if content_type.starts_with("application/x-www-form-urlencoded") {
        by_grant(&state, &body)
    } else {
        by_email(&state, &body)
    };
    match answer {
        Ok(tokens) => ([(CACHE_CONTROL, "no-store")], Json(tokens)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn by_grant(state: &ProviderState, body: &[u8]) -> Result<Value, OAuthError> {
    let request: GrantRequest =
        serde_urlencoded::from_bytes(body).map_err(|_| OAuthError::Request("the form cannot be read"))?;
    if request.client_id != state.identity.audience {
        return Err(OAuthError::Client);
    }
    match request.grant_type.as_str() {
        "authorization_code" => by_code(state, &request),
        "refresh_token" => by_refresh_token(state, &request),
        _ => Err(OAuthError::GrantType),
    }
}

fn by_code(state: &ProviderState, request: &GrantRequest) -> Result<Value, OAuthError> {
    let authorization = state.codes.redeem(&request.code)?;
    if authorization.redirect_uri != request.redirect_uri {
        return Err(OAuthError::Grant("redirect_uri is not that of the authorization request"));
    }
    if !authorization.is_proved_by(&request.code_verifier) {
        return Err(OAuthError::Grant("code_verifier is not that of the authorization request"));
    }
    let Authorization { email, groups, auth_time, nonce, .. } = authorization;
    let sign_in = SignIn { email, groups, auth_time };
    let mut tokens = tokens(state, &sign_in, nonce.as_deref())?;
    tokens["refresh_token"] = json!(state.identity.refresh_token(&sign_in)?);
    Ok(tokens)
}

/// As Cognito does, it gives no other refresh token.
fn by_refresh_token(state: &ProviderState, request: &GrantRequest) -> Result<Value, OAuthError> {
    let sign_in = state.identity.read_refresh_token(&request.refresh_token);
    tokens(state, &sign_in.ok_or(OAuthError::Grant("the refresh token is not good, or has expired"))?, None)
}

fn tokens(state: &ProviderState, sign_in: &SignIn, nonce: Option<&str>) -> Result<Value, OAuthError> {
    let identity = &state.identity;
    Ok(json!({
        "id_token": identity.sign(&identity.id_token_claims(sign_in, nonce)?)?,
        "access_token": identity.sign(&identity.access_token_claims(sign_in)?)?,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME_SECONDS,
        "scope": "openid email profile",
    }))
}

fn by_email(state: &ProviderState, body: &[u8]) -> Result<Value, OAuthError> {
    let request: EmailRequest = serde_json::from_slice(body)
        .map_err(|_| OAuthError::Request("send a form, or JSON: {\"email\": \"ada@example.com\"}"))?;
    let EmailRequest { email, groups, client_id } = request;
    let identity = client_id.map_or_else(|| state.identity.clone(), |client| state.identity.for_client(&client));
    Ok(json!({
        "id_token": identity.sign(&identity.claims(&email, &groups)?)?,
        "access_token": identity.sign(&identity.access_claims(&email, &groups)?)?,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME_SECONDS,
    }))
}

impl From<InvalidEmail> for OAuthError {
    fn from(_: InvalidEmail) -> Self {
        Self::Request("email is not an e-mail address")
    }
}
