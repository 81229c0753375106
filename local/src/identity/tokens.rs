//! The tokens: their subject, claims and lifetime.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::key::{Claims, KeyError, SigningKey};
use crate::ids;

/// How long a token is valid, in seconds; Cognito's default.
pub const TOKEN_LIFETIME_SECONDS: i64 = 3600;

/// The identity provider: issues tokens of one issuer to one client.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// URL of the provider, claim `iss`.
    pub issuer: String,
    /// The client that the tokens are for: claim `aud` of an ID token, `client_id` of an access token.
    pub audience: String,
    key: Arc<SigningKey>,
}

/// How long a refresh token is valid, in seconds: 30 days, Cognito's default.
const REFRESH_TOKEN_LIFETIME_SECONDS: i64 = 30 * 24 * 3600;

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignIn {
    /// As it was typed.
    pub(super) email: String,
    /// Whose member: the claim `cognito:groups`.
    pub(super) groups: Vec<String>,
    /// When, in seconds since 1970. Refreshed tokens have it as well.
    pub(super) auth_time: i64,
}

/// Not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct InvalidEmail;

impl IdentityProvider {
    /// A provider at `issuer` whose tokens name `audience`.
    pub fn new(issuer: &str, audience: &str, key: Arc<SigningKey>) -> Self {
        Self { issuer: issuer.to_owned(), audience: audience.to_owned(), key }
    }

    /// The same provider, for tokens of another client.
    #[must_use]
    pub fn for_client(&self, client_id: &str) -> Self {
        Self { audience: client_id.to_owned(), ..self.clone() }
    }

    /// The claims of an ID token for `email`, valid for an hour from now. Tests can change them before [`Self::sign`].
    ///
    /// # Errors
    /// [`InvalidEmail`] when `email` is not an e-mail address.
    pub fn claims(&self, email: &str, groups: &[String]) -> Result<Claims, InvalidEmail> {
        let email = normalize(email)?;
        let mut claims = self.common_claims(&email, groups, "id");
        claims.extend([
            ("aud".to_owned(), json!(self.audience)),
            ("email".to_owned(), json!(email)),
            ("email_verified".to_owned(), json!(true)),
        ]);
        Ok(claims)
    }

    /// The claims of an access token for the learner with this address. It has neither the address nor an `aud`.
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>
    ///
    /// # Errors
    /// [`InvalidEmail`] when `email` is not an e-mail address.
    pub fn access_claims(&self, email: &str, groups: &[String]) -> Result<Claims, InvalidEmail> {
        let email = normalize(email)?;
        let mut claims = self.common_claims(&email, groups, "access");
        claims.extend([
            ("client_id".to_owned(), json!(self.audience)),
            ("scope".to_owned(), json!("openid email profile")),
            // A pool whose users sign in with their address names them by their id.
            ("username".to_owned(), json!(user_id(&email))),
            ("version".to_owned(), json!(2)),
        ]);
        Ok(claims)
    }

    fn common_claims(&self, email: &str, groups: &[String], token_use: &str) -> Claims {
        let now = Timestamp::now().as_second();
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(self.issuer)),
            ("sub".to_owned(), json!(user_id(email))),
            ("token_use".to_owned(), json!(token_use)),
            ("auth_time".to_owned(), json!(now)),
            ("iat".to_owned(), json!(now)),
            ("exp".to_owned(), json!(now + TOKEN_LIFETIME_SECONDS)),
            ("jti".to_owned(), json!(ids::uuid())),
        ]);
        if !groups.is_empty() {
            claims.insert("cognito:groups".to_owned(), json!(groups));
        }
        claims
    }

    /// The claims of the ID token of a sign-in. OpenID Connect Core section 3.1.3.6.
    pub(super) fn id_token_claims(&self, sign_in: &SignIn, nonce: Option<&str>) -> Result<Claims, InvalidEmail> {
        let mut claims = self.claims(&sign_in.email, &sign_in.groups)?;
        claims.insert("auth_time".to_owned(), json!(sign_in.auth_time));
        if let Some(nonce) = nonce {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        Ok(claims)
    }

    /// The claims of the access token of a sign-in.
    pub(super) fn access_token_claims(&self, sign_in: &SignIn) -> Result<Claims, InvalidEmail> {
        let mut claims = self.access_claims(&sign_in.email, &sign_in.groups)?;
        claims.insert("auth_time".to_owned(), json!(sign_in.auth_time));
        Ok(claims)
    }

    /// A token that gives new ones. Its audience is the provider itself, so the API refuses it, and nothing has to be stored.
    pub(super) fn refresh_token(&self, sign_in: &SignIn) -> Result<String, KeyError> {
        self.sign(&Map::from_iter([
            ("iss".to_owned(), json!(self.issuer)),
            ("aud".to_owned(), json!(self.issuer)),
            ("email".to_owned(), json!(sign_in.email)),
            ("groups".to_owned(), json!(sign_in.groups)),
            ("auth_time".to_owned(), json!(sign_in.auth_time)),
            ("exp".to_owned(), json!(Timestamp::now().as_second() + REFRESH_TOKEN_LIFETIME_SECONDS)),
            ("jti".to_owned(), json!(ids::uuid())),
        ]))
    }

    /// The sign-in of a refresh token of this provider that has not expired.
    pub(super) fn read_refresh_token(&self, token: &str) -> Option<SignIn> {
        let claims = self.key.verify(token, &self.issuer).ok()?;
        let email = claims.get("email")?.as_str()?.to_owned();
        let groups = claims.get("groups").and_then(Value::as_array).into_iter().flatten();
        let groups = groups.filter_map(|group| group.as_str().map(str::to_owned)).collect();
        Some(SignIn { email, groups, auth_time: claims.get("auth_time")?.as_i64()? })
    }

    /// Signs `claims` with the provider's key.
    ///
    /// # Errors
    /// [`KeyError`] when the key cannot sign.
    pub fn sign(&self, claims: &Claims) -> Result<String, KeyError> {
        self.key.sign(claims)
    }

    /// The provider's public keys, as `/.well-known/jwks.json` shows them.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.key.public_jwk()] })
    }
}

/// The user id for an e-mail address. It is the same on every machine and after every restart.
fn user_id(email: &str) -> String {
    let digest = Sha256::digest(email.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    // Version 8 is for custom ids.
    ids::uuid_of(bytes, 8)
}

fn normalize(email: &str) -> Result<String, InvalidEmail> {
    let email = email.trim().to_lowercase();
    let plain = email.len() <= 254 && !email.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    match email.split_once('@') {
        Some((name, domain)) if plain && !name.is_empty() && !domain.contains('@') => {
            let labels_are_filled = domain.split('.').all(|label| !label.is_empty());
            if domain.contains('.') && labels_are_filled { Ok(email) } else { Err(InvalidEmail) }
        }
        _ => Err(InvalidEmail),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{IdentityProvider, InvalidEmail, SigningKey, normalize, user_id};

    #[test]
    fn an_email_always_has_the_same_user_id() {
        assert_eq!(user_id("ada@example.com"), user_id("ada@example.com"));
        assert_ne!(user_id("ada@example.com"), user_id("grace@example.com"));
        assert_eq!(user_id("ada@example.com").len(), 36);
    }

    #[test]
    fn addresses_are_lower_cased_and_checked() {
        assert_eq!(normalize(" Ada@Example.com "), Ok("ada@example.com".to_owned()));
        for bad in ["", "ada", "@example.com", "ada@", "ada@example", "a da@example.com", "a@b@c.d", "ada@.com"] {
            assert_eq!(normalize(bad), Err(InvalidEmail), "{bad}");
        }
    }

    #[test]
    fn claims_look_like_cognitos() {
        let identity = IdentityProvider::new("http://issuer", "tuition", Arc::new(SigningKey::generate().unwrap()));
        let claims = identity.claims("ada@example.com", &["admin".to_owned()]).unwrap();
        assert_eq!(claims["cognito:groups"], serde_json::json!(["admin"]));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
        assert!(!identity.claims("ada@example.com", &[]).unwrap().contains_key("cognito:groups"));
        assert_eq!(identity.sign(&claims).unwrap().split('.').count(), 3);

        let access = identity.access_claims("ada@example.com", &[]).unwrap();
        assert_eq!((&access["sub"], &access["client_id"]), (&claims["sub"], &claims["aud"]));
        for absent in ["aud", "email", "email_verified"] {
            assert!(!access.contains_key(absent), "{absent}");
        }
    }
}
