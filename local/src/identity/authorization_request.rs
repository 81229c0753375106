//! An authorization request: RFC 6749 section 4.1.1 with PKCE (RFC 7636), and OpenID Connect Core section 3.1.2.1.

use serde::Deserialize;

use super::authorization_code::Authorization;
use super::oauth_error::OAuthError;
use super::redirect_uri::RedirectUri;

/// The length of a SHA-256 hash in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// The parameters of the request. Others are ignored, as the specification says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthorizationRequest {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    pub(super) state: Option<String>,
    nonce: Option<String>,
    code_challenge: String,
    code_challenge_method: String,
    prompt: String,
    /// The e-mail address to begin with.
    pub(super) login_hint: String,
}

impl AuthorizationRequest {
    /// Where the answer goes. `None` when that is not to be trusted: then it is shown, and nobody is sent anywhere.
    pub(super) fn trusted_redirect_uri(&self, client_id: &str, origins: &[String]) -> Option<RedirectUri> {
        if self.client_id != client_id {
            return None;
        }
        RedirectUri::parse(&self.redirect_uri, origins)
    }

    /// Checks what the application is told about by a redirect.
    pub(super) fn check(&self) -> Result<(), OAuthError> {
        if self.response_type != "code" {
            return Err(OAuthError::ResponseType);
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return Err(OAuthError::Scope);
        }
        if self.code_challenge_method != "S256" || self.code_challenge.len() != CHALLENGE_LENGTH {
            return Err(OAuthError::Request("code_challenge with code_challenge_method S256 is required"));
        }
        if self.prompt.split(' ').any(|prompt| prompt == "none") {
            return Err(OAuthError::LoginRequired);
        }
        Ok(())
    }

    /// What a code stands for that answers this request.
    pub(super) fn authorization(self, email: &str, groups: Vec<String>, auth_time: i64) -> Authorization {
        Authorization {
            email: email.to_owned(),
            groups,
            auth_time,
            redirect_uri: self.redirect_uri,
            code_challenge: self.code_challenge,
            nonce: self.nonce,
        }
    }
}
