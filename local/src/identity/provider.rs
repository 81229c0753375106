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
    /// The client that the tokens are for; the shop's when nothing is said.
    client_id: Option<String>,
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
    let TokenRequest { email, groups, client_id } = request;
    let identity = client_id.map_or_else(|| identity.clone(), |client| identity.for_client(&client));
    let (Ok(id), Ok(access)) = (identity.claims(&email, &groups), identity.access_claims(&email, &groups)) else {
        return invalid_request("email is not an e-mail address");
    };
    let signed = identity.sign(&id).and_then(|id_token| Ok((id_token, identity.sign(&access)?)));
    match signed {
        Ok((id_token, access_token)) => {
            let lifetime = TOKEN_LIFETIME_SECONDS;
            Json(json!({ "id_token": id_token, "access_token": access_token, "token_type": "Bearer", "expires_in": lifetime }))
                .into_response()
        }
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
