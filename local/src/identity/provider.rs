//! The HTTP side of the identity provider.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use super::authorization_code::AuthorizationCodes;
use super::state::ProviderState;
use super::tokens::IdentityProvider;
use super::{end_session, page, sign_in, token_endpoint};

/// The provider's routes. Learners sign in for pages of `origins`, and these may call it.
pub fn router(identity: IdentityProvider, origins: &[String]) -> Router {
    let allowed: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let cors = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE]);
    let state = ProviderState { identity, origins: origins.into(), codes: Arc::new(AuthorizationCodes::default()) };
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/token", post(token_endpoint::token))
        .layer(cors)
        // What the browser visits is not called by pages.
        .route("/authorize", get(sign_in::show).post(sign_in::submit))
        .route("/end_session", get(end_session::end_session))
        .route("/page.css", get(page::style))
        .with_state(state)
}

/// OpenID Connect Discovery 1.0, section 3.
async fn discovery(State(state): State<ProviderState>) -> Json<Value> {
    let issuer = &state.identity.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "end_session_endpoint": format!("{issuer}/end_session"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["openid", "email", "profile"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "prompt_values_supported": ["none", "login"],
    }))
}

async fn jwks(State(state): State<ProviderState>) -> Json<Value> {
    Json(state.identity.jwks())
}
