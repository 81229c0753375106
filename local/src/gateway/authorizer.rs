//! The JWT authorizer of an HTTP API.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>

use std::collections::BTreeMap;

use axum::http::HeaderValue;
use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::http::gateway::flatten_claims;
use tokio::sync::OnceCell;

/// API Gateway accepts only RSA.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512];

/// Checks tokens of one issuer for some audiences. The issuer's keys are fetched once, with the first token.
pub struct Authorizer {
    issuer: String,
    audiences: Vec<String>,
    http: reqwest::Client,
    keys: OnceCell<JwkSet>,
}

/// Why a token was refused. API Gateway responds with 401 to all of them.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error("no token")]
    Missing,
    #[error("{0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    #[error("no key of the issuer has the token's kid")]
    UnknownKey,
    #[error("the claim {0} is not acceptable")]
    Claim(&'static str),
    #[error("the issuer's keys could not be fetched: {0}")]
    Keys(#[from] reqwest::Error),
}

#[derive(Deserialize)]
struct Discovery {
    jwks_uri: String,
}

impl Authorizer {
    /// An authorizer for the tokens of `issuer` (a URL without a slash at its end) that name one of `audiences`.
    pub fn new(issuer: &str, audiences: &[&str]) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audiences: audiences.iter().map(|&audience| audience.to_owned()).collect(),
            http: reqwest::Client::new(),
            keys: OnceCell::new(),
        }
    }

    /// The claims of a valid token, each as one string.
    pub(super) async fn claims(
        &self,
        authorization: Option<&HeaderValue>,
    ) -> Result<BTreeMap<String, String>, TokenError> {
        let token = authorization.and_then(token_of).ok_or(TokenError::Missing)?;
        let header = decode_header(token)?;
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        let keys = self.keys.get_or_try_init(|| self.fetch_keys()).await?;
        let key = DecodingKey::from_jwk(keys.find(&kid).ok_or(TokenError::UnknownKey)?)?;
        let claims = decode::<Map<String, Value>>(token, &key, &validation())?.claims;
        self.check(&claims)?;
        Ok(flatten_claims(&claims))
    }

    async fn fetch_keys(&self) -> Result<JwkSet, reqwest::Error> {
        let discovery: Discovery = self.get(&format!("{}/.well-known/openid-configuration", self.issuer)).await?;
        self.get(&discovery.jwks_uri).await
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, reqwest::Error> {
        self.http.get(url).send().await?.error_for_status()?.json().await
    }

    /// `iss`, `aud` (or `client_id` when there is no `aud`) and `iat`. Checked here because the JWT library passes
    /// over a claim of the wrong type.
    fn check(&self, claims: &Map<String, Value>) -> Result<(), TokenError> {
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            return Err(TokenError::Claim("iss"));
        }
        let is_ours = |audience: &Value| self.audiences.iter().any(|ours| *audience == **ours);
        let audience_matches = match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_ours),
            Some(audience) => is_ours(audience),
            None => claims.get("client_id").is_some_and(is_ours),
        };
        if !audience_matches {
            return Err(TokenError::Claim("aud"));
        }
        match claims.get("iat").map(Value::as_i64) {
            Some(Some(issued)) if issued <= Timestamp::now().as_second() => Ok(()),
            Some(_) => Err(TokenError::Claim("iat")),
            None => Ok(()),
        }
    }
}

/// Signature, `exp` and `nbf`; no leeway.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.algorithms = ALGORITHMS.to_vec();
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.validate_aud = false;
    validation
}

/// The token of an `Authorization` header: after `Bearer`, or the whole value.
fn token_of(authorization: &HeaderValue) -> Option<&str> {
    let value = authorization.to_str().ok()?.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) => return None,
        None => value,
    };
    (!token.is_empty()).then_some(token)
}
