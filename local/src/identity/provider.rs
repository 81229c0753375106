//! The HTTP side of the identity provider: discovery, keys, and tokens for any e-mail address.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use super::tokens::{IdentityProvider, TOKEN_LIFETIME_SECONDS};

#[derive(Deserialize)]
struct TokenRequest {
    email: String,
    #[serde(default)]
    groups: Vec<String>,
}

/// The provider's routes. Pages of `origins` may request tokens.
pub fn router(identity: IdentityProvider, origins: &[String]) -> Router {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let cors =
        CorsLayer::new().allow_origin(origins).allow_methods([Method::GET, Method::POST]).allow_headers([CONTENT_TYPE]);
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/token", post(token))
        .layer(cors)
        .with_state(identity)
}

async fn discovery(State(identity): State<IdentityProvider>) -> Json<Value> {
    let issuer = &identity.issuer;
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/token"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn jwks(State(identity): State<IdentityProvider>) -> Json<Value> {
    Json(identity.jwks())
}

async fn token(State(identity): State<IdentityProvider>, body: Result<Json<TokenRequest>, JsonRejection>) -> Response {
    let Ok(Json(request)) = body else {
        return invalid_request("send JSON: {\"email\": \"ada@example.com\"}");
    };
    let Ok(claims) = identity.claims(&request.email, &request.groups) else {
        return invalid_request("email is not an e-mail address");
    };
    match identity.sign(&claims) {
        Ok(id_token) => Json(json!({ "id_token": id_token, "expires_in": TOKEN_LIFETIME_SECONDS })).into_response(),
        Err(error) => {
            tracing::error!(%error, "no token could be signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// An OAuth 2.0 error, RFC 6749 section 5.2.
fn invalid_request(description: &str) -> Response {
    let body = json!({ "error": "invalid_request", "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
