//! Who calls: what API Gateway's JWT authorizer verified, and nothing that the client could have written itself.

use std::collections::HashMap;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use lambda_http::RequestExt;

use super::problem::Problem;
use crate::domain::UserId;

/// The signed-in learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The claim `sub`.
    pub user: UserId,
    /// The claim `email`. Cognito's access tokens have none: frontends send the ID token.
    pub email: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let nobody = || {
            let detail = "The request names no signed-in user. Is the route behind the JWT authorizer?";
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
        };
        let claims = claims(parts).ok_or_else(nobody)?;
        let user = claims.get("sub").and_then(|sub| UserId::parse(sub.as_str()).ok()).ok_or_else(nobody)?;
        let email = claims.get("email").filter(|email| email.contains('@') && email.len() <= 512).cloned();
        Ok(Self { user, email })
    }
}

/// `requestContext.authorizer.jwt.claims`: every claim as a string.
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>.
fn claims(parts: &Parts) -> Option<&HashMap<String, String>> {
    Some(&parts.request_context_ref()?.authorizer()?.jwt.as_ref()?.claims)
}
