//! Authorization codes: what a browser carries to the application, which exchanges it for tokens.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::oauth_error::OAuthError;

/// How long a code can be exchanged.
const LIFETIME: Duration = Duration::from_secs(60);

/// What the learner agreed to, for whoever has the code.
#[derive(Debug, Clone)]
pub(super) struct Authorization {
    /// Who signed in.
    pub(super) email: String,
    /// Whose member.
    pub(super) groups: Vec<String>,
    /// When, in seconds since 1970.
    pub(super) auth_time: i64,
    /// The parameter `redirect_uri` of the authorization request. The exchange has to name it again.
    pub(super) redirect_uri: String,
    /// The hash of the application's secret for this one sign-in. RFC 7636 section 4.2.
    pub(super) code_challenge: String,
    /// What the application wants to find in the ID token again.
    pub(super) nonce: Option<String>,
}

impl Authorization {
    /// Whether `verifier` is the secret that the challenge was made of. RFC 7636 section 4.6.
    pub(super) fn is_proved_by(&self, verifier: &str) -> bool {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) == self.code_challenge
    }
}

/// The codes that were issued and not exchanged yet.
#[derive(Debug, Default)]
pub(super) struct AuthorizationCodes(Mutex<HashMap<String, (Instant, Authorization)>>);

impl AuthorizationCodes {
    /// A new code for `authorization`.
    pub(super) fn issue(&self, authorization: Authorization) -> Result<String, OAuthError> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| OAuthError::Server)?;
        let code = URL_SAFE_NO_PAD.encode(bytes);
        let now = Instant::now();
        let mut codes = self.0.lock().map_err(|_| OAuthError::Server)?;
        codes.retain(|_, (issued, _)| now.duration_since(*issued) < LIFETIME);
        codes.insert(code.clone(), (now, authorization));
        Ok(code)
    }

    /// What the code stands for. It can be used once, within a minute. RFC 6749 section 4.1.2.
    pub(super) fn redeem(&self, code: &str) -> Result<Authorization, OAuthError> {
        let mut codes = self.0.lock().map_err(|_| OAuthError::Server)?;
        match codes.remove(code) {
            Some((issued, authorization)) if issued.elapsed() < LIFETIME => Ok(authorization),
            _ => Err(OAuthError::Grant("the code does not exist, has expired or was used before")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Authorization;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_verifier_proves_the_challenge() {
        let authorization = Authorization {
            email: "ada@example.com".to_owned(),
            groups: Vec::new(),
            auth_time: 0,
            redirect_uri: String::new(),
            code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
            nonce: None,
        };
        assert!(authorization.is_proved_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!authorization.is_proved_by("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    }
}
