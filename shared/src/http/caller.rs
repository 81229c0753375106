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
    /// The claim `email`, unless `email_verified` denies it: anybody can write somebody else's address. Access tokens,
    /// which a GPT sends, have none: Stripe's payment page asks for it.
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
        let is_verified = claims.get("email_verified").is_none_or(|verified| verified == "true");
        let email = claims.get("email").filter(|email| is_verified && email.contains('@') && email.len() <= 512);
        Ok(Self { user, email: email.cloned() })
    }
}

/// `requestContext.authorizer.jwt.claims`: every claim as a string.
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>.
pub(super) fn claims(parts: &Parts) -> Option<&HashMap<String, String>> {
    Some(&parts.request_context_ref()?.authorizer()?.jwt.as_ref()?.claims)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn email(claims: Value) -> Option<String> {
        let event = json!({
            "version": "2.0", "routeKey": "GET /", "rawPath": "/", "rawQueryString": "", "headers": {}, "isBase64Encoded": false,
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "a.example", "domainPrefix": "a",
                "authorizer": {"jwt": {"claims": claims, "scopes": null}},
                "http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""},
                "requestId": "r", "routeKey": "GET /", "stage": "$default", "time": "", "timeEpoch": 0,
            },
        });
        let (mut parts, _) = lambda_http::request::from_str(&event.to_string()).unwrap().into_parts();
        Caller::from_request_parts(&mut parts, &()).await.unwrap().email
    }

    #[tokio::test]
    async fn an_address_counts_unless_it_is_known_to_be_unverified() {
        let ada = "ada@example.com";
        assert_eq!(email(json!({"sub": "u", "email": ada})).await.as_deref(), Some(ada));
        assert_eq!(email(json!({"sub": "u", "email": ada, "email_verified": "true"})).await.as_deref(), Some(ada));
        for denied in ["false", "", "no"] {
            assert_eq!(email(json!({"sub": "u", "email": ada, "email_verified": denied})).await, None, "{denied:?}");
        }
        assert_eq!(email(json!({"sub": "u", "email": "ada"})).await, None);
    }
}
