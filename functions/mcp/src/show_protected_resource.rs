//! `GET /.well-known/oauth-protected-resource`: who signs learners in, for clients that know only the endpoint's address.
//! See <https://www.rfc-editor.org/rfc/rfc9728>.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::{HeaderName, header};
use serde::Serialize;
use shared::http::{DomainName, Problem};

use crate::state::State;

/// What a client has to know before it asks for a token. No scopes: API Gateway asks for none.
#[derive(Serialize)]
pub(crate) struct ProtectedResource {
    /// What the token is for. It has to be what the document's own address was made of.
    resource: String,
    /// Who issues it.
    authorization_servers: [String; 1],
    bearer_methods_supported: [&'static str; 1],
}

/// The document, and how long it may be kept.
type Cached = ([(HeaderName, &'static str); 1], Json<ProtectedResource>);

/// The document at the root, for clients that do not look beneath it: the resource is the whole host.
pub(crate) async fn of_the_host(state: FromState<State>, domain: DomainName) -> Result<Cached, Problem> {
    show(state, domain, "")
}

/// The document of the endpoint.
pub(crate) async fn of_the_endpoint(state: FromState<State>, domain: DomainName) -> Result<Cached, Problem> {
    show(state, domain, "/mcp")
}

fn show(FromState(state): FromState<State>, domain: DomainName, path: &str) -> Result<Cached, Problem> {
    let base_url = state.api.base_url(domain)?;
    let document = ProtectedResource {
        resource: format!("{base_url}{path}"),
        authorization_servers: [state.issuer],
        bearer_methods_supported: ["header"],
    };
    Ok(([(header::CACHE_CONTROL, "public, max-age=3600")], Json(document)))
}
